"""Lung function against what is predicted: the equations of the Global Lung Function Initiative, and what comes out."""
