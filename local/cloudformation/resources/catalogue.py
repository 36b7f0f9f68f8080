"""THE list of resource types that the local stack knows. It holds what `template.yaml` uses, and nothing else.

Custom resources (`Custom::...`) are known besides: see `custom.py`.
"""

from local.cloudformation.resources import compute, mail, passive, storage
from local.cloudformation.resources.site import Maker

MAKERS: dict[str, Maker] = {
    # Made in the embedded AWS.
    "AWS::DynamoDB::Table": storage.make_table,
    "AWS::S3::Bucket": storage.make_bucket,
    "AWS::SES::ConfigurationSet": mail.make_configuration_set,
    "AWS::SES::ConfigurationSetEventDestination": mail.make_event_destination,
    "AWS::SES::EmailIdentity": mail.make_identity,
    "AWS::SES::ReceiptRule": mail.make_receipt_rule,
    "AWS::SES::ReceiptRuleSet": mail.make_receipt_rule_set,
    "AWS::SQS::Queue": storage.make_queue,
    "AWS::SecretsManager::Secret": storage.make_secret,
    # Served by the workers, the pumps and the gateway, which read them from the deployment.
    "AWS::ApiGatewayV2::Api": compute.make_api,
    "AWS::ApiGatewayV2::Stage": passive.make_nothing,
    "AWS::Events::Rule": passive.named_by_arn("events", "rule/{}"),
    "AWS::Lambda::EventInvokeConfig": passive.make_nothing,
    "AWS::Lambda::EventSourceMapping": passive.make_nothing,
    "AWS::Lambda::Function": compute.make_function,
    # Without effect on one machine.
    "AWS::CloudWatch::Alarm": passive.named_by_arn("cloudwatch", "alarm:{}"),
    "AWS::IAM::Role": passive.make_role,
    "AWS::KMS::Key": passive.make_key,
    "AWS::Lambda::LayerVersion": passive.make_layer,
    "AWS::Lambda::Permission": passive.make_nothing,
    "AWS::Logs::LogGroup": passive.make_log_group,
    # moto knows no conditions in policies and would take "deny what is not TLS" for "deny".
    "AWS::S3::BucketPolicy": passive.make_nothing,
    "AWS::SNS::Subscription": passive.make_nothing,
    "AWS::SNS::Topic": passive.make_topic,
    "AWS::SQS::QueuePolicy": passive.make_nothing,
}
