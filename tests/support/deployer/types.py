"""What CloudFormation does in the name of a deployer, for each type of resource in the expanded template.

The sources are AWS's lists: what each type needs (CloudFormation's registry), and the actions of each service (Service
Authorization Reference).
"""

from tests.support.deployer.actions import Actions

_TAGS = "TagResource UntagResource ListTagsForResource"
_RECEIVING = "CreateReceiptRuleSet DeleteReceiptRuleSet DescribeReceiptRuleSet ListReceiptRuleSets"
_FUNCTION = "lambda:eu-west-1:123456789012:function:{FunctionName}"

TYPES = {
    "AWS::ApiGatewayV2::Api": Actions(
        "apigateway", "apigateway:eu-west-1::/apis/a1b2c3", "POST", "PUT PATCH", "DELETE", "GET"
    ),
    "AWS::ApiGatewayV2::Stage": Actions(
        "apigateway",
        "apigateway:eu-west-1::/apis/a1b2c3/stages/$default",
        "POST",
        "PATCH",
        "DELETE",
        "GET",
        anywhere="logs:DescribeLogGroups logs:CreateLogDelivery logs:GetLogDelivery logs:UpdateLogDelivery "
        "logs:DeleteLogDelivery logs:ListLogDeliveries logs:PutResourcePolicy logs:DescribeResourcePolicies",
    ),
    "AWS::CloudWatch::Alarm": Actions(
        "cloudwatch",
        "cloudwatch:eu-west-1:123456789012:alarm:{AlarmName}",
        "PutMetricAlarm",
        "PutMetricAlarm",
        "DeleteAlarms",
        _TAGS,
        anywhere="DescribeAlarms",
    ),
    "AWS::CloudWatch::Dashboard": Actions(
        "cloudwatch",
        "cloudwatch::123456789012:dashboard/{DashboardName}",
        "PutDashboard",
        "PutDashboard",
        "DeleteDashboards",
        "GetDashboard",
    ),
    "AWS::CodeDeploy::Application": Actions(
        "codedeploy",
        "codedeploy:eu-west-1:123456789012:application:{made}",
        "CreateApplication RegisterApplicationRevision",
        "UpdateApplication",
        "DeleteApplication",
        f"GetApplication GetApplicationRevision {_TAGS}",
    ),
    "AWS::CodeDeploy::DeploymentGroup": Actions(
        "codedeploy",
        "codedeploy:eu-west-1:123456789012:deploymentgroup:channels-ServerlessDeploymentApplication-1A2B/{made}",
        "CreateDeploymentGroup",
        "UpdateDeploymentGroup",
        "DeleteDeploymentGroup",
        f"GetDeploymentGroup {_TAGS}",
    ),
    "AWS::Cognito::ManagedLoginBranding": Actions(
        "cognito-idp",
        "cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AcmePool",
        "CreateManagedLoginBranding",
        "UpdateManagedLoginBranding",
        "DeleteManagedLoginBranding",
        "DescribeManagedLoginBranding",
    ),
    "AWS::Cognito::UserPool": Actions(
        "cognito-idp",
        "cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AcmePool",
        "SetUserPoolMfaConfig",
        "UpdateUserPool",
        read=f"DescribeUserPool GetUserPoolMfaConfig {_TAGS}",
        anywhere="CreateUserPool",
    ),
    "AWS::Cognito::UserPoolClient": Actions(
        "cognito-idp",
        "cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AcmePool",
        "CreateUserPoolClient",
        "UpdateUserPoolClient",
        "DeleteUserPoolClient",
        "DescribeUserPoolClient",
    ),
    "AWS::Cognito::UserPoolDomain": Actions(
        "cognito-idp",
        "cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AcmePool",
        "CreateUserPoolDomain",
        "UpdateUserPoolDomain",
        "DeleteUserPoolDomain",
        anywhere="DescribeUserPoolDomain",
    ),
    "AWS::DynamoDB::Table": Actions(
        "dynamodb",
        "dynamodb:eu-west-1:123456789012:table/{TableName}",
        "CreateTable",
        "UpdateTable UpdateTimeToLive UpdateContinuousBackups",
        read="DescribeTable DescribeTimeToLive DescribeContinuousBackups DescribeContributorInsights "
        "DescribeKinesisStreamingDestination GetResourcePolicy TagResource UntagResource ListTagsOfResource",
    ),
    "AWS::Events::Rule": Actions(
        "events",
        "events:eu-west-1:123456789012:rule/{made}",
        "PutRule PutTargets",
        "PutRule PutTargets EnableRule DisableRule RemoveTargets",
        "DeleteRule RemoveTargets",
        f"DescribeRule ListTargetsByRule {_TAGS}",
    ),
    "AWS::IAM::Role": Actions(
        "iam",
        "iam::123456789012:role/{made}",
        "CreateRole PutRolePolicy PassRole",
        "UpdateRole UpdateAssumeRolePolicy PutRolePolicy DeleteRolePolicy",
        "DeleteRole DeleteRolePolicy",
        "GetRole GetRolePolicy ListRolePolicies ListAttachedRolePolicies TagRole UntagRole",
    ),
    "AWS::IAM::RolePolicy": Actions(
        "iam",
        "iam::123456789012:role/channels-SetupRole-1A2B",
        "PutRolePolicy",
        "PutRolePolicy",
        "DeleteRolePolicy",
        "GetRolePolicy",
    ),
    "AWS::KMS::Key": Actions(
        "kms",
        "kms:eu-west-1:123456789012:key/1a2b3c4d",
        "EnableKeyRotation",
        "PutKeyPolicy UpdateKeyDescription EnableKeyRotation DisableKeyRotation",
        "ScheduleKeyDeletion",
        "DescribeKey GetKeyPolicy GetKeyRotationStatus ListResourceTags TagResource UntagResource",
        anywhere="CreateKey",
    ),
    "AWS::Lambda::Alias": Actions(
        "lambda",
        _FUNCTION,
        "CreateAlias",
        "UpdateAlias",
        "DeleteAlias",
        "GetAlias GetProvisionedConcurrencyConfig",
    ),
    "AWS::Lambda::EventInvokeConfig": Actions(
        "lambda",
        _FUNCTION,
        "PutFunctionEventInvokeConfig",
        "PutFunctionEventInvokeConfig UpdateFunctionEventInvokeConfig",
        "DeleteFunctionEventInvokeConfig",
        "GetFunctionEventInvokeConfig",
    ),
    "AWS::Lambda::EventSourceMapping": Actions(
        "lambda",
        "lambda:eu-west-1:123456789012:event-source-mapping:1a2b3c4d",
        "TagResource",
        "UpdateEventSourceMapping",
        "DeleteEventSourceMapping",
        "GetEventSourceMapping UntagResource ListTags",
        anywhere="CreateEventSourceMapping",
    ),
    "AWS::Lambda::Function": Actions(
        "lambda",
        "lambda:eu-west-1:123456789012:function:{made}",
        "CreateFunction PutFunctionConcurrency",
        "UpdateFunctionCode UpdateFunctionConfiguration PutFunctionConcurrency DeleteFunctionConcurrency",
        "DeleteFunction",
        "GetFunction GetFunctionConfiguration GetFunctionCodeSigningConfig GetFunctionRecursionConfig "
        "GetRuntimeManagementConfig ListTags TagResource UntagResource",
    ),
    "AWS::Lambda::LayerVersion": Actions(
        "lambda",
        "lambda:eu-west-1:123456789012:layer:{LayerName}:1",
        "",
        delete="DeleteLayerVersion",
        read="GetLayerVersion",
    ),
    "AWS::Lambda::Permission": Actions(
        "lambda", _FUNCTION, "AddPermission", "AddPermission", "RemovePermission", "GetPolicy"
    ),
    "AWS::Lambda::Version": Actions("lambda", _FUNCTION, "PublishVersion", read="ListVersionsByFunction"),
    "AWS::Logs::LogGroup": Actions(
        "logs",
        "logs:eu-west-1:123456789012:log-group:{LogGroupName}",
        "CreateLogGroup PutRetentionPolicy",
        "PutRetentionPolicy DeleteRetentionPolicy",
        "DeleteLogGroup",
        f"GetDataProtectionPolicy {_TAGS}",
        anywhere="DescribeLogGroups DescribeIndexPolicies",
    ),
    "AWS::Logs::MetricFilter": Actions(
        "logs",
        "logs:eu-west-1:123456789012:log-group:channels-InboundLogGroup-1A2B:*",
        "PutMetricFilter",
        "PutMetricFilter",
        "DeleteMetricFilter",
        "DescribeMetricFilters",
    ),
    "AWS::S3::Bucket": Actions(
        "s3",
        "s3:::{BucketName}",
        "CreateBucket PutEncryptionConfiguration PutBucketVersioning PutBucketPublicAccessBlock PutBucketTagging "
        "PutLifecycleConfiguration PutBucketNotification PutBucketCORS PutBucketOwnershipControls",
        delete="DeleteBucket",
        read="GetEncryptionConfiguration GetBucketVersioning GetBucketPublicAccessBlock GetBucketTagging "
        "GetLifecycleConfiguration GetBucketNotification GetBucketCORS GetBucketOwnershipControls",
    ),
    "AWS::S3::BucketPolicy": Actions(
        "s3",
        "s3:::email-channels-123456789012-eu-west-1-1a2b3c4d",
        "PutBucketPolicy",
        "PutBucketPolicy",
        "DeleteBucketPolicy",
        "GetBucketPolicy",
    ),
    "AWS::SES::ConfigurationSet": Actions(
        "ses",
        "ses:eu-west-1:123456789012:configuration-set/{Name}",
        "CreateConfigurationSet",
        "PutConfigurationSetDeliveryOptions PutConfigurationSetReputationOptions PutConfigurationSetSendingOptions "
        "PutConfigurationSetSuppressionOptions",
        "DeleteConfigurationSet",
        f"GetConfigurationSet {_TAGS}",
    ),
    "AWS::SES::ConfigurationSetEventDestination": Actions(
        "ses",
        "ses:eu-west-1:123456789012:configuration-set/email-channels-1a2b3c4d",
        "CreateConfigurationSetEventDestination",
        "UpdateConfigurationSetEventDestination",
        "DeleteConfigurationSetEventDestination",
        "GetConfigurationSetEventDestinations",
        anywhere="DescribeConfigurationSet",
    ),
    "AWS::SES::EmailIdentity": Actions(
        "ses",
        "ses:eu-west-1:123456789012:identity/{EmailIdentity}",
        "CreateEmailIdentity",
        "PutEmailIdentityDkimAttributes PutEmailIdentityDkimSigningAttributes PutEmailIdentityFeedbackAttributes "
        "PutEmailIdentityMailFromAttributes PutEmailIdentityConfigurationSetAttributes",
        "DeleteEmailIdentity",
        f"GetEmailIdentity {_TAGS}",
    ),
    "AWS::SES::ReceiptRule": Actions(
        "ses", "", "", anywhere="CreateReceiptRule UpdateReceiptRule DeleteReceiptRule DescribeReceiptRule"
    ),
    "AWS::SES::ReceiptRuleSet": Actions("ses", "", "", anywhere=_RECEIVING),
    "AWS::SNS::Subscription": Actions(
        "sns",
        "sns:eu-west-1:123456789012:channels-AlarmTopic-1A2B",
        "Subscribe",
        read="ListSubscriptionsByTopic",
        anywhere="GetSubscriptionAttributes SetSubscriptionAttributes Unsubscribe",
    ),
    "AWS::SNS::Topic": Actions(
        "sns",
        "sns:eu-west-1:123456789012:{made}",
        "CreateTopic",
        "SetTopicAttributes",
        "DeleteTopic",
        f"GetTopicAttributes GetDataProtectionPolicy {_TAGS}",
    ),
    "AWS::SQS::Queue": Actions(
        "sqs",
        "sqs:eu-west-1:123456789012:{made}",
        "CreateQueue",
        "SetQueueAttributes",
        "DeleteQueue",
        "GetQueueAttributes GetQueueUrl TagQueue UntagQueue ListQueueTags",
    ),
    "AWS::SQS::QueuePolicy": Actions(
        "sqs", "sqs:eu-west-1:123456789012:channels-InboundQueue-1A2B", "SetQueueAttributes", "SetQueueAttributes"
    ),
    "AWS::SecretsManager::Secret": Actions(
        "secretsmanager",
        "secretsmanager:eu-west-1:123456789012:secret:{Name}-a1b2c3",
        "CreateSecret",
        "UpdateSecret",
        "DeleteSecret",
        "DescribeSecret TagResource UntagResource",
    ),
}
"""The table and the user pool have no `delete`: CloudFormation leaves them in any case."""
