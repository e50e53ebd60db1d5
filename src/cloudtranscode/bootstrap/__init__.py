"""The only room that wires the others together and reads settings: the stack's parts, and what people ask of them."""
