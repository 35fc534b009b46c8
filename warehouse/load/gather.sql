insert into gathered from incoming;
