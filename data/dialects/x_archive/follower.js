window.YTD.follower.part0 = [
  {
    "follower": {
      "accountId": "1187423365891264512",
      "userLink": "https://twitter.com/intent/user?user_id=1187423365891264512"
    }
  },
  {
    "follower": {
      "accountId": "284117",
      "userLink": "https://twitter.com/intent/user?user_id=284117"
    }
  },
  {
    "follower": {
      "accountId": "1364881990134534145",
      "userLink": "https://twitter.com/intent/user?user_id=1364881990134534145"
    }
  }
]
