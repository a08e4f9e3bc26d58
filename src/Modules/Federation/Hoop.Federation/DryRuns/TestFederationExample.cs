namespace Hoop.Federation.DryRuns;

/// <summary>The body that the API document shows for a dry run.</summary>
internal static class TestFederationExample
{
    public const string Json = $$"""
        {
          "user_email": "alice@example.com",
          "config": {
            "hook_source": "builtin",
            "builtin_provider": "gcp_iam",
            "identity_source_attribute": "email",
            "identity_target_template": "{user.email_local}@my-proj.iam.gserviceaccount.com",
            "fallback_policy": "deny",
            "token_ttl_seconds": 3600,
            "extra_config": { "project_id": "my-proj" }
          },
          "connection": {
            "name": "my-bq",
            "agent_id": "{{BodyExample.SomeId}}",
            "command": ["bq", "query"],
            "test_script": "SELECT 1"
          }
        }
        """;
}
