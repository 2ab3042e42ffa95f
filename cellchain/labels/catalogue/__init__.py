"""The catalogue of label designs: what each looks like, and every version that ever printed."""
