window.YTD.account.part0 = [
  {
    "account": {
      "email": "nobody@mail.example",
      "createdVia": "web",
      "username": "nobody_example",
      "accountId": "99",
      "createdAt": "2010-01-01T00:00:00.000Z",
      "accountDisplayName": "Nobody"
    }
  }
]
