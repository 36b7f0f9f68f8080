"""The functions: their code, limits, logs and roles."""

from tests.support.safety.expected.storage import SUFFIX
from tests.support.safety.rows import ABSENT, ANY_TEXT, Row

FUNCTION = "every AWS::Serverless::Function"
ROLE = "every AWS::IAM::Role"

SENDING = "ses:SendEmail, ses:SendRawEmail"
IDENTITIES = ["!Sub arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/*"]
NOTICES_AND_AD_HOC = [
    {
        "StringEqualsIgnoreCase": {
            "ses:FromAddress": ["!Ref NotificationFromAddress", {"if AdHocOn": "!Ref AdHocFromAddress"}],
        }
    }
]

ROWS = [
    Row("Globals", "Function.Runtime", "python3.13", "the version that the tests run on and that AWS still repairs"),
    Row("Globals", "Function.Architectures", ["arm64"], "the layer's compiled libraries are for arm64"),
    Row("Globals", "Function.MemorySize", 512, "with a third of a processor, an email of 40 MB is read in time"),
    Row("Globals", "Function.Environment", {"Variables": {"LOG_LEVEL": "INFO"}}, "DEBUG would log personal data"),
    Row(
        "Globals",
        "Function.LoggingConfig",
        {"LogFormat": "JSON", "SystemLogLevel": "WARN"},
        "Lambda's lines about invocations that went well would be most of the log",
    ),
    Row(FUNCTION, "Description", ANY_TEXT, "says in the AWS console what the function does"),
    Row(
        FUNCTION,
        "Metadata.BuildProperties",
        {"ParentPackageMode": "explicit", "ParentPackages": "functions.<folder>"},
        "the handler finds its modules under the same names as in the tests",
    ),
    Row(FUNCTION, "CodeUri", "functions/<folder>", "the function's own code"),
    Row(FUNCTION, "Handler", "functions.<folder>.app.handler", "the function's own code"),
    Row(FUNCTION, "Role", "!GetAtt <stem>Role.Arn", "its own role allows what this function does, and nothing else"),
    Row(FUNCTION, "Layers", ["!Ref CommonLayer"], "the package email_channels"),
    Row(FUNCTION, "LoggingConfig", {"LogGroup": "!Ref <stem>LogGroup"}, "its own log, whose retention is set"),
    Row(FUNCTION, "Runtime", ABSENT, "the same for all (Globals)"),
    Row(FUNCTION, "FunctionUrlConfig", ABSENT, "a function's URL needs no token of ours"),
    Row(FUNCTION, "Policies", ABSENT, "managed policies allow the logs and queues of the whole account"),
    Row(
        FUNCTION,
        "ReservedConcurrentExecutions",
        ABSENT,
        "new accounts allow 10 executions in all, and reserving some of them fails the deployment",
    ),
    *(
        Row(
            f"{api}Function",
            "ReservedConcurrentExecutions",
            {"if ApiConcurrencyReserved": "!Ref ApiReservedConcurrency"},
            "requests must not take what inbound needs; only an operator knows what the account can reserve",
        )
        for api in ("AgentApi", "AdhocSend")
    ),
    Row("ConsoleFunction", "Condition", "ConsoleOn", "without the console, its addresses answer nothing"),
    Row("SetupFunction", "Layers", ABSENT, "it needs only the boto3 of the runtime, so it works whatever is broken"),
    Row("InboundFunction", "Timeout", 120, "an email of 40 MB can take half of this"),
    Row("AgentApiFunction", "", {"Timeout": 30, "MemorySize": 1024}, "API Gateway waits 30 seconds; people wait, too"),
    Row("AdhocSendFunction", "", {"Timeout": 30, "MemorySize": 1024}, "API Gateway waits 30 seconds; people wait, too"),
    Row("EventsFunction", "Timeout", 60, "a batch of the stream is published, with a reserve for retries"),
    Row("EventsFunction", "Condition", "EventsOn", "without a bus there is nowhere to put events"),
    Row("NotifyFunction", "Timeout", 120, "a batch of 25 records fits at one email a second, with waits between"),
    Row("DeliveryFunction", "Timeout", 30, "one event changes one email"),
    Row("PurgeFunction", "Timeout", 900, "the most there is, for many emails that are due on one day"),
    Row("ReconcileFunction", "Timeout", 900, "the most there is, for all that a failure left behind"),
    Row("JobsFunction", "Timeout", 180, "half of it is a slice of a job, half a reserve for its last step"),
    Row("JobsFunction", "MemorySize", 1769, "a whole processor: jobs read emails and files for minutes"),
    Row("ConsoleFunction", "", {"Timeout": 30, "MemorySize": 1024}, "it compresses the files when it starts"),
    Row("PublicApiFunction", "", {"Timeout": 10, "MemorySize": 256}, "it reads one file; a stranger's call is cheap"),
    Row("SetupFunction", "", {"Timeout": 600, "MemorySize": 256}, "99 filters at one call per second, with retries"),
    Row("CommonLayer", "Metadata", {"BuildMethod": "makefile", "BuildArchitecture": "arm64"}, "built as functions run"),
    Row("CommonLayer", "Description", ANY_TEXT, "says in the AWS console what the layer is"),
    Row("CommonLayer", "ContentUri", "layers/common", "the package and its pinned dependencies"),
    Row(
        "CommonLayer",
        "",
        {"CompatibleRuntimes": ["python3.13"], "CompatibleArchitectures": ["arm64"]},
        "the same as those of the functions",
    ),
    Row("CommonLayer", "RetentionPolicy", "Delete", "old code is not left in the account"),
    Row(
        ROLE,
        "AssumeRolePolicyDocument",
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        },
        "nobody but Lambda may act as the function",
    ),
    Row(ROLE, "policies", {"function": {"Version": "2012-10-17"}}, "one policy, which the permission proof reads"),
    Row(ROLE, "ManagedPolicyArns", ABSENT, "managed policies allow the logs and queues of the whole account"),
    Row(ROLE, "unusual statements", ABSENT, "the permission proof knows statements that allow actions on resources"),
    Row(ROLE, "wide actions", ABSENT, "what AWS adds to a service later is not allowed by itself"),
    Row(ROLE, "wide resources", ABSENT, "nothing outside the stack is allowed, or a row says why"),
    Row(ROLE, "statements that are not always there", ABSENT, "a permission that not every deployment needs has a row"),
    Row(ROLE, "conditions", ABSENT, "a condition that is needed has a row"),
    Row("ConsoleRole", "Condition", "ConsoleOn", "made with its function"),
    Row("EventsRole", "Condition", "EventsOn", "made with its function"),
    *(
        Row(
            f"{sender}Role",
            "wide resources",
            {SENDING: IDENTITIES},
            "SES chooses the identity; the condition limits it",
        )
        for sender in ("AdhocSend", "Notify", "Reconcile")
    ),
    Row(
        "AdhocSendRole",
        "conditions",
        {SENDING: [{"StringEqualsIgnoreCase": {"ses:FromAddress": "!If [AdHocOn, !Ref AdHocFromAddress, nobody]"}}]},
        "agents' emails come from one address only, in capitals or not, and nothing is sent while the channel is off",
    ),
    Row(
        "NotifyRole",
        "conditions",
        {SENDING: NOTICES_AND_AD_HOC},
        "only from these two, in capitals or not",
    ),
    Row(
        "ReconcileRole",
        "conditions",
        {SENDING: NOTICES_AND_AD_HOC},
        "only from these two, in capitals or not",
    ),
    Row(
        "SetupRole",
        "wide resources",
        {
            "lambda:GetFunctionConfiguration": [
                "!Sub arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${AWS::StackName}-*"
            ],
            "ses:CreateReceiptFilter, ses:DeleteReceiptFilter, ses:ListReceiptFilters, "
            "ses:DescribeActiveReceiptRuleSet, ses:DescribeReceiptRuleSet, ses:SetActiveReceiptRuleSet": ["*"],
            "secretsmanager:DescribeSecret, secretsmanager:PutSecretValue": [
                (
                    "!Sub arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:"
                    f"email-channels-{SUFFIX}-??????"
                )
            ],
            "ses:GetEmailIdentity": ["!Sub arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/*"],
            "lambda:GetAccountSettings": ["*"],
            "events:DescribeEventBus": [
                "!Sub arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/*"
            ],
        },
        "SES cannot limit these actions to single filters and rule sets; secret and functions are made after the role; "
        "the preflight only reads",
    ),
    Row(
        "SetupUserPoolPolicy",
        "",
        {
            "Condition": "OwnUserPool",
            "RoleName": "!Ref SetupRole",
            "PolicyName": "user-pool",
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Action": "cognito-idp:CreateGroup", "Resource": "!GetAtt UserPool.Arn"},
                    {
                        "if ConsoleOn": {
                            "Effect": "Allow",
                            "Action": ["cognito-idp:DescribeUserPoolClient", "cognito-idp:UpdateUserPoolClient"],
                            "Resource": "!GetAtt UserPool.Arn",
                        }
                    },
                ],
            },
        },
        "there is no pool and no client to change without the stack's own",
    ),
    Row(
        "every AWS::Logs::LogGroup",
        "RetentionInDays",
        "!Ref LogRetentionDays",
        "logs hold ids of cases, and are not kept longer than an operator wants",
    ),
    Row("ConsoleLogGroup", "Condition", "ConsoleOn", "made with its function"),
    Row("EventsLogGroup", "Condition", "EventsOn", "made with its function"),
]
