"""A grant sheet as what people deploy: AWS CLI commands, CloudFormation, Terraform. One text for each side."""
