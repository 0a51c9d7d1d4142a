window.YTD.follower.part1 = [
  {
    "follower": {
      "userLink": "https://twitter.com/intent/user?user_id=1365002211340021760"
    }
  }
]
