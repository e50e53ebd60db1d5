# The stack's admin attaches this for ClientA.
# Account 444455556666 has the role arn:aws:iam::444455556666:role/CloudTranscode-ClientA, which arn:aws:iam::111122223333:role/stack_prod of account 111122223333 may assume when it says the ExternalId. Every statement ends at 2027-01-31T00:00:00Z.

resource "aws_iam_role_policy" "stack_clienta_005815" {
  name = "CloudTranscode-ClientA"
  role = "stack_prod"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # sts:AssumeRole: Act as ClientA's role in ClientA's account, and as no other one.
        Sid       = "CloudTranscodeAssumeClientA"
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Resource  = "arn:aws:iam::444455556666:role/CloudTranscode-ClientA"
        Condition = { DateLessThan = { "aws:CurrentTime" = "2027-01-31T00:00:00Z" } }
      },
      {
        # sts:TagSession (optional): Name client and job in the audit log of the account that owns the role.
        Sid       = "CloudTranscodeTagClientA"
        Effect    = "Allow"
        Action    = "sts:TagSession"
        Resource  = "arn:aws:iam::444455556666:role/CloudTranscode-ClientA"
        Condition = { DateLessThan = { "aws:CurrentTime" = "2027-01-31T00:00:00Z" } }
      },
    ]
  })
}
