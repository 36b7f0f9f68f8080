"""What lets others use keys, buckets, queues and functions: policies of resources, and roles."""

from typing import Any

from tests.support.safety.harm.changes import Harm, add, drop, permission, put

BLOCK = "Bucket/PublicAccessBlockConfiguration"
BUCKET_STATEMENTS = "BucketPolicy/PolicyDocument/Statement"
KEY_STATEMENTS = "Key/KeyPolicy/Statement"
EVERYBODY: dict[str, Any] = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}
OBJECTS = {"Fn::Sub": "${Bucket.Arn}/*"}


def public_function(**properties: Any) -> Any:
    return lambda template: template["Resources"].update(
        Door={"Type": "AWS::Lambda::Permission", "Properties": {"Action": "lambda:InvokeFunctionUrl", **properties}}
    )


HARMS = [
    Harm("SES may not use the key", drop(f"{KEY_STATEMENTS}/SesWritesEmails")),
    Harm("SES may encrypt, but not write large emails", put(f"{KEY_STATEMENTS}/SesWritesEmails/Action", "kms:Encrypt")),
    Harm("SES of every account may use the key", drop(f"{KEY_STATEMENTS}/SesWritesEmails/Condition")),
    Harm("every service may use the key", put(f"{KEY_STATEMENTS}/SesWritesEmails/Principal", {"Service": "*"})),
    Harm("everybody may use the key", put(f"{KEY_STATEMENTS}/TheAccountDecides/Principal", {"AWS": "*"})),
    Harm("nobody can change the key's policy", drop(f"{KEY_STATEMENTS}/TheAccountDecides")),
    Harm("alarms cannot reach their topic", drop("AlarmKey/KeyPolicy/Statement/AlarmsAreSentToTheirTopic")),
    Harm("alarms are sent to a topic whose key may go", put("AlarmTopic/KmsMasterKeyId", {"Ref": "Key"})),
    Harm("the key is never rotated", put("Key/EnableKeyRotation", False)),
    Harm("the key is never rotated by default", drop("Key/EnableKeyRotation")),
    Harm("emails are encrypted by S3's key", drop("Bucket/BucketEncryption")),
    *(
        Harm(f"emails can be public ({switch})", put(f"{BLOCK}/{switch}", False))
        for switch in ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    ),
    Harm(
        "lists of access can make emails public",
        put("Bucket/OwnershipControls/Rules/0/ObjectOwnership", "ObjectWriter"),
    ),
    Harm("emails are public", add(BUCKET_STATEMENTS, {"Sid": "All", **EVERYBODY, "Resource": OBJECTS})),
    Harm(
        "emails are public, in a statement without a name", add(BUCKET_STATEMENTS, {**EVERYBODY, "Resource": OBJECTS})
    ),
    Harm("emails are read without TLS", drop(f"{BUCKET_STATEMENTS}/TlsOnly")),
    Harm("TLS is demanded for the bucket, not its objects", drop(f"{BUCKET_STATEMENTS}/TlsOnly/Resource/1")),
    Harm("everybody may do everything over TLS", put(f"{BUCKET_STATEMENTS}/TlsOnly/Effect", "Allow")),
    Harm("SES may not write ad hoc emails", drop(f"{BUCKET_STATEMENTS}/SesWritesAdHoc")),
    Harm("rules of all accounts may write emails", drop(f"{BUCKET_STATEMENTS}/SesWritesAdHoc/Condition")),
    Harm(
        "all rules of the account may write emails",
        drop(f"{BUCKET_STATEMENTS}/SesWritesCaseCreation/Condition/StringLike/aws:SourceArn"),
    ),
    Harm("SES may write over attachments", put(f"{BUCKET_STATEMENTS}/SesWritesAdHoc/Resource", OBJECTS)),
    Harm("SES may delete emails", put(f"{BUCKET_STATEMENTS}/SesWritesAdHoc/Action", "s3:*")),
    Harm("every page may delete", add("Bucket/CorsConfiguration/CorsRules/0/AllowedMethods", "DELETE")),
    Harm("all buckets may name emails to process", drop("InboundQueuePolicy/PolicyDocument/Statement/0/Condition")),
    Harm(
        "everybody may send to the queue",
        put("InboundQueuePolicy/PolicyDocument/Statement/0/Principal", {"AWS": "*"}),
    ),
    Harm(
        "everybody may read failed events",
        add(
            "FailureQueuePolicy/PolicyDocument/Statement",
            {"Effect": "Allow", "Principal": "*", "Action": "sqs:ReceiveMessage", "Resource": "*"},
        ),
    ),
    Harm("all rules may name originals", drop("ArrivalsQueuePolicy/PolicyDocument/Statement/0/Condition")),
    # Roles.
    Harm("purge may delete every bucket", permission("PurgeRole", "s3:DeleteObjectVersion", Resource="*")),
    Harm("purge may do all with emails", permission("PurgeRole", "s3:DeleteObjectVersion", Action="s3:*")),
    Harm("jobs may use every table", permission("JobsRole", "dynamodb:Query", Resource="*")),
    Harm("inbound may read every secret", permission("InboundRole", "secretsmanager:GetSecretValue", Resource="*")),
    Harm("the API may use every key", permission("AgentApiRole", "kms:Decrypt", Resource="*")),
    Harm(
        "the API may do all but one thing", permission("AgentApiRole", "kms:Decrypt", Action=None, NotAction="kms:Sign")
    ),
    Harm("agents send from every address", permission("AdhocSendRole", "ses:SendEmail", Condition=None)),
    Harm("notices come from every address", permission("NotifyRole", "ses:SendEmail", Condition=None)),
    Harm("setup may do all in SES", permission("SetupRole", "ses:SetActiveReceiptRuleSet", Action="ses:*")),
    Harm(
        "console may do everything",
        put("ConsoleRole/ManagedPolicyArns", ["arn:aws:iam::aws:policy/AdministratorAccess"]),
    ),
    Harm(
        "everybody may act as inbound", put("InboundRole/AssumeRolePolicyDocument/Statement/0/Principal", {"AWS": "*"})
    ),
    Harm("console may read cases", put("ConsoleFunction/Role", {"Fn::GetAtt": "AgentApiRole.Arn"})),
    Harm("everybody may call the API's function", public_function(FunctionName="agent", Principal="*")),
    Harm(
        "the API answers without a token at another address",
        put("AgentApiFunction/FunctionUrlConfig", {"AuthType": "NONE"}),
    ),
    Harm("logs hold personal data", put("Globals/Function/Environment/Variables/LOG_LEVEL", "DEBUG")),
]
