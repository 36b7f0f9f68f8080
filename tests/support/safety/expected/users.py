"""The user pool: who can sign up, how people sign in, and for how long."""

from tests.support.safety.expected.storage import STACK_PART, SUFFIX
from tests.support.safety.rows import ABSENT, Row

CLIENT = "every AWS::Cognito::UserPoolClient"
POOL = "!Ref UserPool"

ROWS = [
    Row("UserPool", "Condition", "OwnUserPool", "only if no other issuer is given"),
    Row("UserPool", "", {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}, "agents outlive the stack"),
    Row("UserPool", "DeletionProtection", "ACTIVE", "not even an operator deletes all agents by one mistake"),
    Row("UserPool", "UserPoolName", f"!Sub email-channels-{SUFFIX}", "a later stack finds the pool by its name"),
    Row(
        "UserPool",
        "AdminCreateUserConfig",
        {"AllowAdminCreateUserOnly": True},
        "by default, everybody can sign up and get a token that the API accepts",
    ),
    Row("UserPool", "UsernameAttributes", ["email"], "people sign in with their address"),
    Row("UserPool", "UsernameConfiguration", {"CaseSensitive": False}, "by default, Anna@ and anna@ are two people"),
    Row("UserPool", "AutoVerifiedAttributes", ["email"], "a forgotten password is reset through a verified address"),
    Row("UserPool", "MfaConfiguration", "!If [MfaRequired, ON, OPTIONAL]", "an operator can require a second factor"),
    Row("UserPool", "EnabledMfas", ["SOFTWARE_TOKEN_MFA"], "an app, not a telephone: messages can be intercepted"),
    Row("UserPool", "Policies", {"PasswordPolicy": {"MinimumLength": 14}}, "length is what makes a password safe"),
    Row("UserPool", "LambdaConfig", ABSENT, "no code changes who is let in"),
    Row(CLIENT, "UserPoolId", POOL, "the stack's pool"),
    Row(CLIENT, "GenerateSecret", False, "a secret in a page or a script is no secret"),
    Row(CLIENT, "PreventUserExistenceErrors", "ENABLED", "nobody learns by trying who is an agent"),
    Row(CLIENT, "EnableTokenRevocation", True, "signing out ends the session everywhere"),
    Row(
        CLIENT,
        "WriteAttributes",
        ["locale"],
        "users cannot change the name that colleagues see or their address; an empty list would mean every attribute",
    ),
    Row("UserPoolClient", "Condition", "OwnUserPool", "made with the pool"),
    Row(
        "UserPoolClient",
        "ExplicitAuthFlows",
        ["ALLOW_USER_SRP_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        "a password is never sent in the clear, except by an operator with credentials of the account",
    ),
    Row("UserPoolDomain", "Condition", "ConsoleOfOwnUserPool", "only the console uses it"),
    Row("UserPoolDomain", "", {"UserPoolId": POOL, "ManagedLoginVersion": 2}, "the pages of the stack's pool"),
    Row(
        "UserPoolDomain",
        "Domain",
        f"!Sub email-channels-{STACK_PART}",
        "prefixes are unique in a region, and a part of the stack's id cannot be taken",
    ),
    Row("ConsoleClient", "Condition", "ConsoleOfOwnUserPool", "only the console uses it"),
    Row(
        "ConsoleClient",
        "",
        {"AllowedOAuthFlowsUserPoolClient": True, "AllowedOAuthFlows": ["code"]},
        "code with PKCE; the implicit flow would put tokens into addresses and histories",
    ),
    Row("ConsoleClient", "AllowedOAuthScopes", "!Split [' ', !Ref ConsoleScopes]", "what the console asks for"),
    Row("ConsoleClient", "SupportedIdentityProviders", ["COGNITO"], "people of the pool, and no others"),
    Row(
        "ConsoleClient",
        "",
        {"CallbackURLs": ["https://console.invalid/"], "LogoutURLs": ["https://console.invalid/"]},
        "leads nowhere until ConsoleAddresses replaces it: a code goes to no other page",
    ),
    Row(
        "ConsoleClient", "ExplicitAuthFlows", ["ALLOW_USER_SRP_AUTH"], "with rotation, Cognito refuses the refresh flow"
    ),
    Row(
        "ConsoleClient",
        "",
        {
            "RefreshTokenValidity": 8,
            "TokenValidityUnits": {"RefreshToken": "hours", "AccessToken": "minutes", "IdToken": "minutes"},
            "AccessTokenValidity": 60,
            "IdTokenValidity": 60,
            "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 60},
        },
        "a working day; a token that was stolen works for an hour, and a refresh token only once",
    ),
    Row("ConsoleLoginStyle", "Condition", "ConsoleOfOwnUserPool", "only the console uses it"),
    Row(
        "ConsoleLoginStyle",
        "",
        {"UserPoolId": POOL, "ClientId": "!Ref ConsoleClient", "UseCognitoProvidedValues": True},
        "without a style, managed login shows no page for the client",
    ),
    Row("ConsoleAddresses", "Condition", "ConsoleOfOwnUserPool", "only the console uses it"),
    Row(
        "ConsoleAddresses",
        "",
        {
            "UserPoolId": POOL,
            "ClientId": "!Ref ConsoleClient",
            "ConsoleUrl": "!Sub ${HttpApi.ApiEndpoint}/",
            "Scopes": "!Ref ConsoleScopes",
        },
        "codes go to the console of this stack, and to no other page",
    ),
    Row("ConsoleAddresses", "ClientRevision", "2", "raised with every change of ConsoleClient, or sign-in stops"),
    Row("UserPoolGroups", "Condition", "OwnUserPool", "another issuer has groups of its own"),
    Row("UserPoolGroups", "UserPoolId", POOL, "the stack's pool"),
    Row(
        "UserPoolGroups",
        "Groups",
        ["agent", "admin", "!Sub group.${DefaultServiceGroup}"],
        "the API knows roles and service groups by these names; nobody is in one until an operator says so",
    ),
]
