"""The API `/api/v1`: what hospitals' systems call; one success envelope, one error shape, no figure of its own."""
