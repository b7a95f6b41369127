"""Trial before real money (模拟运行): what another policy would pay, what risks the fund bears, what would balance."""
