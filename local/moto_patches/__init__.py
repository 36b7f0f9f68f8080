"""Makes moto, which stands in for DynamoDB, S3, SQS and Secrets Manager, fast enough and safe for many callers."""
