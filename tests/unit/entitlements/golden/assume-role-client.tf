# ClientA attaches this in its own account.
# Account 444455556666 has the role arn:aws:iam::444455556666:role/CloudTranscode-ClientA, which arn:aws:iam::111122223333:role/stack_prod of account 111122223333 may assume when it says the ExternalId. Every statement ends at 2027-01-31T00:00:00Z.

resource "aws_iam_role" "cloudtranscode_clienta_c78b57" {
  name = "CloudTranscode-ClientA"
  path = "/"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # sts:AssumeRole: Let the stack, and nobody else, act as this role, and only when it says this ExternalId.
        Sid       = "CloudTranscodeTrustClientA"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::111122223333:role/stack_prod" }
        Action    = "sts:AssumeRole"
        Condition = { StringEquals = { "sts:ExternalId" = "b3JkZXItMTIzNDU2Nzg5MA_-abcdefghijklmnopqrs" }, DateLessThan = { "aws:CurrentTime" = "2027-01-31T00:00:00Z" } }
      },
      {
        # sts:TagSession (optional): Name client and job in the audit log of the account that owns the role.
        Sid       = "CloudTranscodeTagClientA"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::111122223333:role/stack_prod" }
        Action    = "sts:TagSession"
        Condition = { "ForAllValues:StringEquals" = { "aws:TagKeys" = ["client", "job"] }, DateLessThan = { "aws:CurrentTime" = "2027-01-31T00:00:00Z" } }
      },
    ]
  })
}

resource "aws_iam_role_policy" "cloudtranscode_clienta_c78b57" {
  name = "CloudTranscode-ClientA"
  role = aws_iam_role.cloudtranscode_clienta_c78b57.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # s3:GetObject: Read the sources, by ranges.
        Sid       = "CloudTranscodeReadClientA"
        Effect    = "Allow"
        Action    = "s3:GetObject"
        Resource  = "arn:aws:s3:::clienta-in/video/*"
        Condition = { DateLessThan = { "aws:CurrentTime" = "2027-01-31T00:00:00Z" } }
      },
      {
        # s3:ListBucket (optional): Tell a source that is missing from a grant that is missing: without it both read 403.
        Sid       = "CloudTranscodeLookClientA"
        Effect    = "Allow"
        Action    = "s3:ListBucket"
        Resource  = "arn:aws:s3:::clienta-in"
        Condition = { StringLike = { "s3:prefix" = "video/*" }, DateLessThan = { "aws:CurrentTime" = "2027-01-31T00:00:00Z" } }
      },
      {
        # s3:PutObject: Write the results, in parts.
        # s3:AbortMultipartUpload: Take back the parts of a job that crashed or was cancelled, so that they do not stay on the bill.
        Sid       = "CloudTranscodeWriteClientA"
        Effect    = "Allow"
        Action    = ["s3:PutObject", "s3:AbortMultipartUpload"]
        Resource  = "arn:aws:s3:::clienta-out/results/*"
        Condition = { DateLessThan = { "aws:CurrentTime" = "2027-01-31T00:00:00Z" } }
      },
      {
        # s3:ListBucketMultipartUploads (optional): Find the parts that a killed worker left, so that they can be taken back.
        Sid       = "CloudTranscodeSweepClientA"
        Effect    = "Allow"
        Action    = "s3:ListBucketMultipartUploads"
        Resource  = "arn:aws:s3:::clienta-out"
        Condition = { DateLessThan = { "aws:CurrentTime" = "2027-01-31T00:00:00Z" } }
      },
      {
        # kms:Decrypt: Read sources that the key protects, and put together results that were uploaded in parts.
        # kms:GenerateDataKey: Write results that the key protects.
        Sid       = "CloudTranscodeUseKeyClientA"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = "arn:aws:kms:eu-west-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        Condition = { StringEquals = { "kms:ViaService" = "s3.eu-west-1.amazonaws.com" }, DateLessThan = { "aws:CurrentTime" = "2027-01-31T00:00:00Z" } }
      },
    ]
  })
}

output "role_arn" {
  value = aws_iam_role.cloudtranscode_clienta_c78b57.arn
}

# Add to the policy of the key arn:aws:kms:eu-west-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab, unless that policy leaves the key's own account to IAM, as it usually does:
# {"Sid": "CloudTranscodeUseKeyClientA", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:role/CloudTranscode-ClientA"}, "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "*", "Condition": {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}, "DateLessThan": {"aws:CurrentTime": "2027-01-31T00:00:00Z"}}}
# kms:Decrypt (optional): Read sources that the key protects, and put together results that were uploaded in parts.
# kms:GenerateDataKey (optional): Write results that the key protects.
