"""What harms stored data: it is lost, expires too early, or stays for ever."""

from tests.support.safety.harm.changes import Harm, add, drop, put

LIFECYCLE = "Bucket/LifecycleConfiguration/Rules"

HARMS = [
    *(
        Harm(f"{name} is deleted with the stack ({attribute})", put(f"{name}/{attribute}", "Delete"))
        for name in ("Bucket", "Table", "Key")
        for attribute in ("DeletionPolicy", "UpdateReplacePolicy")
    ),
    Harm("the key is deleted with the stack by default", drop("Key/DeletionPolicy")),
    Harm("all originals expire after a day", drop(f"{LIFECYCLE}/further-copies-of-emails/TagFilters")),
    Harm("all originals expire", drop(f"{LIFECYCLE}/originals-of-processed-emails/TagFilters")),
    Harm("emails expire before they are processed", drop(f"{LIFECYCLE}/originals-of-processed-emails/Prefix")),
    Harm("attachments of cases expire with sent emails", put(f"{LIFECYCLE}/originals-of-sent-emails/Prefix", "")),
    Harm("a mistake cannot be undone in the bucket", put("Bucket/VersioningConfiguration/Status", "Suspended")),
    Harm("what rules delete is kept for ever", drop(f"{LIFECYCLE}/old-versions")),
    Harm(
        "what rules delete is kept for years",
        put(f"{LIFECYCLE}/old-versions/NoncurrentVersionExpiration/NoncurrentDays", 3650),
    ),
    Harm("all expires after a day", drop(f"{LIFECYCLE}/uploads/Prefix")),
    Harm("attachments expire after a day", put(f"{LIFECYCLE}/uploads/Prefix", "attachments/")),
    Harm("uploads are kept for ever", put(f"{LIFECYCLE}/uploads/Status", "Disabled")),
    Harm("unfinished uploads are kept for ever", drop(f"{LIFECYCLE}/unfinished-uploads")),
    Harm("originals expire after a day by default", put("Parameters/ProcessedRetentionDays/Default", 1)),
    Harm("emails are purged at once", put("Parameters/PurgeAfterDays/MinValue", 0)),
    Harm("originals expire though nobody asked", put("Conditions/OriginalsExpire", {"Fn::Equals": ["a", "a"]})),
    Harm(
        "everything expires after a month",
        add(LIFECYCLE, {"Id": "all", "Status": "Enabled", "ExpirationInDays": 30}),
    ),
    Harm("cases expire", put("Table/TimeToLiveSpecification/AttributeName", "created_at")),
    Harm("audit records are kept for ever", put("Table/TimeToLiveSpecification/Enabled", False)),
    Harm(
        "a mistake cannot be undone",
        put("Table/PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled", False),
    ),
    Harm("the table is replaced by an empty one", put("Table/KeySchema/1/AttributeName", "sort")),
    Harm("the stream has no old images", put("Table/StreamSpecification/StreamViewType", "NEW_IMAGE")),
    Harm("references in emails are no longer believed", put("TagKey/GenerateSecretString", {"PasswordLength": 63})),
    Harm("the key of the references is deleted with the stack", drop("TagKey/DeletionPolicy")),
    Harm("agents are deleted when JwtIssuer is set", put("UserPool/DeletionPolicy", "Delete")),
    Harm("one mistake deletes all cases", put("Table/DeletionProtectionEnabled", False)),
    Harm("one mistake deletes all agents", drop("UserPool/DeletionProtection")),
    Harm("an identity of others is deleted", drop("Identity/DeletionPolicy")),
    Harm("a later stack cannot adopt the table", drop("Table/TableName")),
    Harm("a deletion of the key is final after a week", put("Key/PendingWindowInDays", 7)),
    Harm("the key of the references is in the template", put("TagKey/SecretString", '{"current": "secret"}')),
    Harm("logs are kept for ever", drop("InboundLogGroup/RetentionInDays")),
    Harm("logs of the API are kept for ten years", put("ApiLogGroup/RetentionInDays", 3653)),
    Harm("old code stays in the account", put("CommonLayer/RetentionPolicy", "Retain")),
]
