"""What pages of the documentation have from the code, made when the site is built."""
