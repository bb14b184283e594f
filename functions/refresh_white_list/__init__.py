"""Lambda refresh_white_list: the national white list of DRIMboxes, downloaded and verified."""
