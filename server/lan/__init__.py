"""`up --lan`: a certificate for the venue's network, and the page that sets tablets up."""
