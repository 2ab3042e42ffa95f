"""What may be done in manufacturing, and when not. Facts in; a refusal with a code and a sentence, or nothing, out."""
