using System.Globalization;
using System.Text.RegularExpressions;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.RealClients;

/// <summary>Debian's ansible with community.hashi_vault keeps the store as a playbook says.</summary>
public sealed partial class AnsibleTests : IdentityFixture
{
    [OneTimeSetUp]
    public Task FindAnsible() => ClientProcess.Needs(
        "ansible with community.hashi_vault and hvac (apt-get install ansible python3-hvac)",
        "/bin/sh",
        "-c",
        $"ansible-doc -t module community.hashi_vault.vault_write > /dev/null && {ClientProcess.Python} -c 'import hvac'");

    [Test]
    [Description("I14: a second run changes nothing, also after a removal")]
    public async Task A_playbook_that_ran_changes_nothing_when_it_runs_again()
    {
        Assert.That(await Play(), Is.EqualTo(9), "a mount, a policy, two entities, two aliases, two groups and a member");
        await AssertNothingChanges();

        // Somebody else's member of a shared group stays: it is not in the list of this playbook.
        var shared = (await Admin.Get("/v1/identity/group/name/shared"))["data"].GetProperty("id").GetString();
        var bob = (await Admin.Get("/v1/identity/entity/name/bob"))["data"].GetProperty("id").GetString();
        await Admin.Post($"/v1/identity/group/id/{shared}/members", new { add_entity_ids = new[] { bob } });
        await AssertNothingChanges();

        // The last policy, the last metadata and the last member go, and do not come back.
        const string Removal = """{"alice_policies": [], "alice_metadata": {}, "team_policies": [], "team_members": []}""";
        Assert.That(await Play(Removal), Is.EqualTo(2), "alice and team");
        var alice = (await Admin.Get("/v1/identity/entity/name/alice"))["data"];
        var team = (await Admin.Get("/v1/identity/group/name/team"))["data"];
        Assert.That(
            (alice.GetProperty("policies").GetRawText(), alice.GetProperty("metadata").GetRawText()), Is.EqualTo(("[]", "{}")));
        Assert.That(
            (team.GetProperty("policies").GetRawText(), team.GetProperty("member_entity_ids").GetRawText()), Is.EqualTo(("[]", "[]")));
        await AssertNothingChanges(Removal);
        Assert.That(
            (await Admin.Get("/v1/identity/group/name/shared"))["data"].GetProperty("member_entity_ids").GetArrayLength(), Is.EqualTo(2));
    }

    private async Task AssertNothingChanges(string variables = "{}")
    {
        var before = await Rows();
        Assert.That(await Play(variables), Is.Zero);
        Assert.That(await Rows(), Is.EqualTo(before), "nothing was written");
    }

    /// <returns>How many tasks changed something.</returns>
    private async Task<int> Play(string variables = "{}")
    {
        var output = await ClientProcess.Play("site.yml", variables, Gateway, Admin.DefaultRequestHeaders.Authorization!.Parameter!);
        return int.Parse(Changed().Match(output).Groups["tasks"].Value, CultureInfo.InvariantCulture);
    }

    private Task<IReadOnlyList<long>> Rows() => Gateway.Query<long>(
        "SELECT count(*) FROM identity.audit_events WHERE org_id = @OrgId AND action <> 'sign_in'", new { OrgId });

    [GeneratedRegex("changed=(?<tasks>[0-9]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Changed();
}
