"""What is wrong with policies, or will be: findings with stable ids over documents as far as they can be read."""
