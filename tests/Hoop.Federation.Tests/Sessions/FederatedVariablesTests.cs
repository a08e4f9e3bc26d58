using Hoop.Federation.Minting;
using Hoop.Federation.Principals;
using Hoop.Federation.Providers;
using Hoop.Federation.Providers.GcpIam;
using Hoop.Federation.Sessions;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Sessions;

/// <summary>A federated session runs without the shared key, by whatever name a tool would find it.</summary>
public sealed class FederatedVariablesTests
{
    private static readonly IReadOnlyDictionary<string, string> Variables = GcpVariables.Of(
        CloudPrincipal.Parse("alice@my-proj.iam.gserviceaccount.com", ["my-proj"]).Value, "my-proj",
            new Token("ya29.alice", new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)));

    private static readonly Resolution Federated = new(
        new GcpIamProvider(null!, null!),
        new Principal("alice@my-proj.iam.gserviceaccount.com"),
        new Issued("admin", DateTimeOffset.MaxValue, Variables) { Secrets = ["ya29.alice"] },
        FallbackApplied: false);

    [TestCase("GOOGLE_APPLICATION_CREDENTIALS")]
    [TestCase("CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE",
        Description = "GoogleCloudPlatform/cloud-sdk-docker#152: bq and gcloud read this one and not the other")]
    [TestCase("CLOUDSDK_AUTH_ACCESS_TOKEN")]
    [TestCase("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE")]
    [TestCase("CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT")]
    [TestCase("CLOUDSDK_CONFIG")]
    [TestCase("CLOUDSDK_ACTIVE_CONFIG_NAME")]
    [TestCase("CLOUDSDK_CORE_ACCOUNT")]
    [TestCase("GOOGLE_CREDENTIALS")]
    [TestCase("GOOGLE_CLOUD_KEYFILE_JSON")]
    [TestCase("GCLOUD_KEYFILE_JSON")]
    [TestCase("GOOGLE_OAUTH_ACCESS_TOKEN")]
    [TestCase("GOOGLE_IMPERSONATE_SERVICE_ACCOUNT")]
    [TestCase("BIGQUERYRC")]
    public void Whatever_leads_to_the_shared_key_is_stripped_as_variable_and_as_file_and_is_told(string name)
    {
        KeyValuePair<string, string>[] given = [KeyValuePair.Create(name, "shared"), KeyValuePair.Create("OTHER", "kept")];

        Assert.That(Federated.Overlay(given).Keys.Except(Variables.Keys), Is.EqualTo(new[] { "OTHER" }));
        Assert.That(Federated.Files(given).Keys, Is.EqualTo(new[] { "OTHER" }));
        Assert.That(Federated.SupersededOf(given), Is.EqualTo(new[] { name }));
    }

    [TestCase("GOOGLE_CLOUD_PROJECT")]
    [TestCase("GCLOUD_PROJECT")]
    [TestCase("GOOGLE_PROJECT")]
    [TestCase("GOOGLE_CLOUD_QUOTA_PROJECT")]
    [TestCase("CLOUDSDK_BILLING_QUOTA_PROJECT")]
    public void Another_project_is_stripped_and_the_same_one_stays(string name)
    {
        KeyValuePair<string, string>[] other = [KeyValuePair.Create(name, "static-project")];
        KeyValuePair<string, string>[] same = [KeyValuePair.Create(name, "my-proj")];

        Assert.That(Federated.SupersededOf(other), Is.EqualTo(new[] { name }));
        Assert.That(Federated.Overlay(other), Does.Not.ContainKey(name));
        Assert.That(Federated.SupersededOf(same), Is.Empty);
        Assert.That(Federated.Overlay(same), Does.ContainKey(name));
    }

    [Test]
    public void The_federated_variables_win_over_variables_and_files_of_their_names()
    {
        var given = Variables.Keys.Select(name => KeyValuePair.Create(name, "static"));

        Assert.That(Federated.Overlay(given), Is.EqualTo(Variables));
        Assert.That(Federated.Files(given), Is.Empty, "the path of a file would stand in the token's place");
        Assert.That(Federated.SupersededOf(given), Is.Empty);
    }

    [Test]
    public void A_name_in_another_case_is_another_variable()
    {
        Assert.That(Federated.SupersededOf([KeyValuePair.Create("google_application_credentials", "x")]), Is.Empty);
    }
}
