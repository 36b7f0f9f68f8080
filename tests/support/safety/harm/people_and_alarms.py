"""What lets the wrong people in, and what hides a failure from those who must hear of it."""

from tests.support.safety.harm.changes import Harm, add, drop, put

HARMS = [
    # Who signs in.
    Harm("everybody can sign up", put("UserPool/AdminCreateUserConfig/AllowAdminCreateUserOnly", False)),
    Harm("everybody can sign up by default", drop("UserPool/AdminCreateUserConfig")),
    Harm(
        "tokens' keys come from an address in the clear", put("Parameters/JwtIssuer/AllowedPattern", "^(https?://.+)?$")
    ),
    Harm("an agent who writes capitals is another person", drop("UserPool/UsernameConfiguration")),
    Harm("passwords are short", put("UserPool/Policies/PasswordPolicy/MinimumLength", 8)),
    Harm("nobody can use a second factor", put("UserPool/MfaConfiguration", "OFF")),
    Harm("RequireMfa requires nothing", put("Conditions/MfaRequired", {"Fn::Equals": ["a", "b"]})),
    Harm("a second factor comes by text message", add("UserPool/EnabledMfas", "SMS_MFA")),
    Harm("passwords are sent in the clear", add("ConsoleClient/ExplicitAuthFlows", "ALLOW_USER_PASSWORD_AUTH")),
    Harm("tokens are in addresses", add("ConsoleClient/AllowedOAuthFlows", "implicit")),
    Harm("codes go to another page", add("ConsoleClient/CallbackURLs", "https://evil.example/")),
    Harm("strangers learn who is an agent", put("UserPoolClient/PreventUserExistenceErrors", "LEGACY")),
    Harm("signing out does not end a session", put("ConsoleClient/EnableTokenRevocation", False)),
    Harm("a stolen refresh token works for a month", put("ConsoleClient/TokenValidityUnits/RefreshToken", "days")),
    Harm("a stolen refresh token works again and again", drop("ConsoleClient/RefreshTokenRotation")),
    Harm("agents are admins", put("UserPoolGroups/Groups/0", "admin")),
    Harm("all routes are open", drop("HttpApi/Auth/DefaultAuthorizer")),
    Harm("the API accepts every issuer's tokens", drop("HttpApi/Auth/Authorizers/Tokens/JwtConfiguration")),
    Harm(
        "tokens for other applications are accepted",
        add("HttpApi/Auth/Authorizers/Tokens/JwtConfiguration/audience", "other"),
    ),
    Harm(
        "cases are read without a token",
        put("AgentApiFunction/Events/Everything/Properties/Auth", {"Authorizer": "NONE"}),
    ),
    Harm(
        "emails are sent without a token", put("AdhocSendFunction/Events/Send/Properties/Auth", {"Authorizer": "NONE"})
    ),
    Harm(
        "a new route needs no token",
        put(
            "AgentApiFunction/Events/Cases",
            {
                "Type": "HttpApi",
                "Properties": {
                    "ApiId": {"Ref": "HttpApi"},
                    "Method": "GET",
                    "Path": "/cases",
                    "Auth": {"Authorizer": "NONE"},
                },
            },
        ),
    ),
    Harm("a flood of requests stops inbound", drop("HttpApi/DefaultRouteSettings")),
    Harm("strangers use up what agents need", drop("HttpApi/RouteSettings")),
    Harm("users change the name that colleagues see", drop("ConsoleClient/WriteAttributes")),
    Harm("pages of others may call the API", put("HttpApi/CorsConfiguration", True)),
    Harm("the access log names people", put("HttpApi/AccessLogSettings/Format", "$context.authorizer.claims.email")),
    # Alarms.
    *(
        Harm(f"nobody hears {alarm}", put(f"{alarm}/AlarmActions", []))
        for alarm in ("DeadLetterAlarm", "FailureAlarm", "InboundErrorsAlarm")
    ),
    Harm("an alarm has no action by default", drop("WaitingAlarm/AlarmActions")),
    Harm("an alarm's actions are off", put("FailureAlarm/ActionsEnabled", False)),
    Harm("a hundred dead letters ring nothing", put("DeadLetterAlarm/Threshold", 100)),
    Harm("an email waits for ten days in silence", put("WaitingAlarm/Threshold", 864_000)),
    Harm("a day of failures rings nothing", put("FailureAlarm/EvaluationPeriods", 288)),
    Harm("a dead letter rings once in a day", put("DeadLetterAlarm/Period", 86_400)),
    Harm("an alarm rings when all is well", put("FailureAlarm/ComparisonOperator", "LessThanThreshold")),
    Harm(
        "an alarm watches another queue",
        put("DeadLetterAlarm/Dimensions/0/Value", {"Fn::GetAtt": "JobsQueue.QueueName"}),
    ),
    Harm("an alarm watches nothing", put("FunctionFailedAlarm/MetricName", "FunctionFails")),
    Harm("one dead letter in ten is averaged away", put("DeadLetterAlarm/Statistic", "Average")),
    Harm("nobody hears that an alarm is over", drop("WaitingAlarm/OKActions")),
    Harm("lines of another log are counted", put("EmailNotTakenInFilter/LogGroupName", {"Ref": "JobsLogGroup"})),
    Harm("a filter waits for a line that nobody writes", put("FollowUpFailedFilter/FilterPattern", "{ $.m = 1 }")),
    Harm("two stacks share a metric", put("SendingFailedAlarm/Namespace", "EmailChannels")),
    Harm("a rate without emails ends the alarm", put("BounceRateAlarm/TreatMissingData", "notBreaching")),
    Harm("all emails bounce in silence", put("BounceRateAlarm/Threshold", 5)),
    Harm("nobody hears that the watch of receiving fails", put("SetupErrorsAlarm/Threshold", 100)),
    Harm("alarms go to nobody", drop("AlarmSubscription/Endpoint")),
    Harm("an address that is given gets no alarms", put("Conditions/AlarmsByEmail", {"Fn::Equals": ["a", "b"]})),
    Harm("alarms are not encrypted", drop("AlarmTopic/KmsMasterKeyId")),
    Harm("a disabled key silences the alarms about it", put("AlarmTopic/KmsMasterKeyId", {"Ref": "Key"})),
    Harm("CloudWatch may not use the key of the alarms", drop("AlarmKey/KeyPolicy/Statement/1")),
]
