"""`portero init`: from a few answers to settings, dialplan, AMI user and systemd unit."""
