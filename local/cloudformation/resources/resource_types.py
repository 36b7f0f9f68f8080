"""The list of all resource types that the local stack knows: those that `template.yaml` uses, and no others.

Custom resources (`Custom::...`) are known, too: see `custom_resources.py`.
"""

from local.cloudformation.resources import alarms, functions_and_api, placeholders, rules, ses, storage
from local.cloudformation.resources.context import CreateHandler

CREATE_HANDLERS: dict[str, CreateHandler] = {
    # Created in the embedded AWS.
    "AWS::CloudWatch::Alarm": alarms.create_alarm,
    "AWS::DynamoDB::Table": storage.create_table,
    "AWS::S3::Bucket": storage.create_bucket,
    "AWS::SES::ConfigurationSet": ses.create_configuration_set,
    "AWS::SES::ConfigurationSetEventDestination": ses.create_event_destination,
    "AWS::SES::EmailIdentity": ses.create_identity,
    "AWS::SES::ReceiptRule": ses.create_receipt_rule,
    "AWS::SES::ReceiptRuleSet": ses.create_receipt_rule_set,
    "AWS::SNS::Subscription": alarms.create_subscription,
    "AWS::SNS::Topic": alarms.create_topic,
    "AWS::SQS::Queue": storage.create_queue,
    "AWS::SecretsManager::Secret": storage.create_secret,
    # Not created. The workers, the event sources and the gateway read them from the deployment.
    "AWS::ApiGatewayV2::Api": functions_and_api.create_api,
    "AWS::ApiGatewayV2::Stage": placeholders.create_placeholder,
    "AWS::Events::Rule": rules.create_rule,
    "AWS::Lambda::EventInvokeConfig": placeholders.create_placeholder,
    "AWS::Lambda::EventSourceMapping": placeholders.create_placeholder,
    "AWS::Lambda::Alias": functions_and_api.create_alias,
    "AWS::Lambda::Function": functions_and_api.create_function,
    "AWS::Lambda::Version": functions_and_api.create_version,
    # No effect on one machine.
    "AWS::CodeDeploy::Application": placeholders.create_placeholder,
    "AWS::CodeDeploy::DeploymentGroup": placeholders.create_placeholder,
    "AWS::CloudWatch::Dashboard": placeholders.create_placeholder,
    "AWS::IAM::Role": placeholders.create_role,
    "AWS::KMS::Key": placeholders.create_key,
    "AWS::Lambda::LayerVersion": placeholders.create_layer,
    "AWS::Lambda::Permission": placeholders.create_placeholder,
    "AWS::Logs::LogGroup": placeholders.create_log_group,
    "AWS::Logs::MetricFilter": placeholders.create_placeholder,
    # moto does not support conditions in policies: it would read "deny what is not TLS" as "deny".
    "AWS::S3::BucketPolicy": placeholders.create_placeholder,
    "AWS::SQS::QueuePolicy": placeholders.create_placeholder,
}
