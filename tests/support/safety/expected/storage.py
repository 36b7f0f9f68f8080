"""What is stored: the bucket of emails, the table of records, the key of the references."""

from tests.support.safety.rows import ABSENT, ANY_TEXT, Row

STACK_ID = "!Select [0, !Split [-, !Select [2, !Split [/, !Ref AWS::StackId]]]]"
"""A part of the stack's id."""

STACK_PART = f"${{{STACK_ID}}}"

SUFFIX = f"${{!If [StackIdAsSuffix, {STACK_ID}, !Ref ResourceSuffix]}}"
"""The end of the names of what outlives the stack."""

NOT_ON_CREATE = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
"""It outlives the stack, but a creation that fails leaves no orphan: nothing is in it yet."""

ROWS = [
    Row("Bucket", "", NOT_ON_CREATE, "the emails outlive the stack"),
    Row("Bucket", "DependsOn", "InboundQueuePolicy", "S3 refuses a notification to a queue that does not allow it"),
    Row(
        "Bucket",
        "BucketName",
        f"!Sub email-channels-${{AWS::AccountId}}-${{AWS::Region}}-{SUFFIX}",
        "the queue's policy names the bucket before it exists; a later stack adopts it, or makes its own beside it",
    ),
    Row(
        "Bucket",
        "BucketEncryption.ServerSideEncryptionConfiguration",
        [
            {
                "BucketKeyEnabled": True,
                "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "!GetAtt Key.Arn"},
            }
        ],
        "without our key, everybody who may read the bucket can read the emails; a bucket key saves calls to KMS",
    ),
    Row(
        "Bucket",
        "OwnershipControls.Rules",
        [{"ObjectOwnership": "BucketOwnerEnforced"}],
        "no access list of an object grants anything, and what SES writes belongs to the account",
    ),
    Row(
        "Bucket",
        "PublicAccessBlockConfiguration",
        {
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        },
        "no policy can make emails public by mistake",
    ),
    Row(
        "Bucket",
        "CorsConfiguration.CorsRules",
        [
            {
                "AllowedMethods": ["GET", "PUT"],
                "AllowedOrigins": ["*"],
                "AllowedHeaders": ["content-type"],
                "MaxAge": 3600,
            }
        ],
        "signed links are the permission, whatever page uses them; nothing can be deleted or listed from a page",
    ),
    Row("Bucket", "VersioningConfiguration", {"Status": "Enabled"}, "a mistake can overwrite or delete an original"),
    Row(
        "Bucket",
        "LifecycleConfiguration.Rules[old-versions]",
        {
            "Status": "Enabled",
            "NoncurrentVersionExpiration": {"NoncurrentDays": 7},
            "ExpiredObjectDeleteMarker": True,
        },
        "old versions are for mistakes of the last days only: they hold data that a rule has deleted",
    ),
    Row(
        "Bucket",
        "NotificationConfiguration.QueueConfigurations",
        [
            {
                "Event": "s3:ObjectCreated:*",
                "Queue": "!GetAtt InboundQueue.Arn",
                "Filter": {"S3Key": {"Rules": {"prefix": "raw/"}}},
            }
        ],
        "each email is processed, however S3 stored it; what we write ourselves is no email",
    ),
    Row(
        "Bucket",
        "NotificationConfiguration.EventBridgeConfiguration",
        {"EventBridgeEnabled": True},
        "the second notification finds an email whose first one was lost",
    ),
    Row(
        "Bucket",
        "LifecycleConfiguration.Rules[uploads]",
        {
            "Status": "Enabled",
            "Prefix": "uploads/",
            "ExpirationInDays": 1,
            "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
        },
        "uploads that no email used are deleted; without the prefix, everything is",
    ),
    Row(
        "Bucket",
        "LifecycleConfiguration.Rules[large-objects]",
        {
            "Status": "Enabled",
            "ObjectSizeGreaterThan": "1048576",
            "Transitions": [{"StorageClass": "GLACIER_IR", "TransitionInDays": 7}],
        },
        "it deletes nothing; this class answers at once, the other cold ones only after a restore that takes hours",
    ),
    Row(
        "Bucket",
        "LifecycleConfiguration.Rules[middle-sized-objects]",
        {
            "Status": "Enabled",
            "ObjectSizeGreaterThan": "99000",
            "ObjectSizeLessThan": "1048577",
            "Transitions": [{"StorageClass": "GLACIER_IR", "TransitionInDays": 35}],
        },
        "a move pays after one to 12 months, so not for emails that are purged; smaller ones are billed as 128 KB",
    ),
    Row(
        "Bucket",
        "LifecycleConfiguration.Rules[unfinished-uploads]",
        {"Status": "Enabled", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}},
        "parts of uploads that never ended cost money and hold data that nobody sees; it deletes no object",
    ),
    Row(
        "Bucket",
        "LifecycleConfiguration.Rules[further-copies-of-emails]",
        {
            "Status": "Enabled",
            "Prefix": "raw/",
            "TagFilters": {"retention": "duplicate"},
            "ExpirationInDays": 1,
            "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
        },
        "no record names these copies, so no purge deletes them; without the tag, every original would expire",
    ),
    Row(
        "Bucket",
        "LifecycleConfiguration.Rules[originals-of-processed-emails]",
        {
            "if OriginalsExpire": {
                "Status": "Enabled",
                "Prefix": "raw/",
                "TagFilters": {"retention": "processed"},
                "ExpirationInDays": "!Ref ProcessedRetentionDays",
            }
        },
        "only if a parameter says so, and only emails with an outcome: others still have to be processed",
    ),
    Row(
        "Bucket",
        "LifecycleConfiguration.Rules[originals-of-sent-emails]",
        {
            "if OriginalsExpire": {
                "Status": "Enabled",
                "Prefix": "sent/",
                "ExpirationInDays": "!Ref ProcessedRetentionDays",
            }
        },
        "sent emails are kept as long as received ones; without the prefix, attachments of cases would expire",
    ),
    Row(
        "Table",
        "",
        {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"},
        "protected, so a rollback could not delete it",
    ),
    Row("Table", "TableName", f"!Sub email-channels-{SUFFIX}", "a later stack can adopt the table by its name"),
    Row("Table", "DeletionProtectionEnabled", True, "not even an operator deletes all cases by one mistake"),
    Row("Table", "BillingMode", "PAY_PER_REQUEST", "no storm of emails meets a limit of capacity"),
    Row("Table", "TableClass", "!Ref TableClass", "an operator knows how many emails are kept, and for how long"),
    Row(
        "Table",
        "AttributeDefinitions",
        {f"[{name}]": {"AttributeType": "S"} for name in ("pk", "sk")}
        | {f"[gsi{number}{key}]": {"AttributeType": "S"} for number in range(1, 5) for key in ("pk", "sk")},
        "another key is another table: CloudFormation would replace the table by an empty one",
    ),
    Row(
        "Table",
        "KeySchema",
        {"[pk]": {"KeyType": "HASH"}, "[sk]": {"KeyType": "RANGE"}},
        "another key is another table: CloudFormation would replace the table by an empty one",
    ),
    *(
        Row(
            "Table",
            f"GlobalSecondaryIndexes[gsi{number}]",
            {
                "KeySchema": {f"[gsi{number}pk]": {"KeyType": "HASH"}, f"[gsi{number}sk]": {"KeyType": "RANGE"}},
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            },
            "lists find nothing without it; only keys, so that an index holds no personal data of its own",
        )
        for number in range(1, 5)
    ),
    Row(
        "Table",
        "StreamSpecification",
        {"StreamViewType": "NEW_AND_OLD_IMAGES"},
        "notify compares what a record was with what it is; no notice is sent without the stream",
    ),
    Row(
        "Table",
        "TimeToLiveSpecification",
        {"AttributeName": "expires_at", "Enabled": True},
        "audit records and counters must end; another attribute could delete cases",
    ),
    Row(
        "Table",
        "PointInTimeRecoverySpecification",
        {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 35},
        "a mistake can be undone for 35 days; proofs of deletion say that a restore can bring a record back until then",
    ),
    Row("Table", "SSESpecification", {"SSEEnabled": True}, "encrypted by a key of the account that can be audited"),
    Row("TagKey", "Description", ANY_TEXT, "says in the AWS console what the secret is"),
    Row("TagKey", "", NOT_ON_CREATE, "without the key, no reference that is already in emails would be believed"),
    Row("TagKey", "Name", f"!Sub email-channels-{SUFFIX}", "a later stack can adopt the key by its name"),
    Row("TagKey", "GenerateSecretString", ABSENT, "each edit of a generator makes a new key"),
    Row("TagKey", "SecretString", ABSENT, "a secret in the template is no secret"),
    Row("TagKeyValue", "SecretId", "!Ref TagKey", "setup writes the first key, and never another"),
]
