"""The laboratories that samples go to, and every hand-over of a sample to one of them."""
