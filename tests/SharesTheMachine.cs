[assembly: Cmdr.SharesTheMachine]
