window.YTD.following.part0 = [
  {
    "following": {
      "accountId": "1187423365891264512",
      "userLink": "https://twitter.com/intent/user?user_id=1187423365891264512"
    }
  },
  {
    "following": {
      "accountId": "284117",
      "userLink": "https://twitter.com/intent/user?user_id=284117"
    }
  }
]
