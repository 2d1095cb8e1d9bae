"""One shopper on one channel: who it is, who answers, and the turns of the talk."""
