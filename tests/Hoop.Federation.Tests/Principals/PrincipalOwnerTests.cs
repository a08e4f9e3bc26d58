using System.Net;
using Hoop.Shared;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Principals;

/// <summary>Two people never get the same account, whatever the template makes of them.</summary>
public sealed class PrincipalOwnerTests : FederationFixture
{
    [SetUp]
    public Task NobodyOwnsAnything() => Gateway.Execute("DELETE FROM federation.principal_owners");

    [Test]
    [Description("alice@a.test and alice@b.test are one account to {user.email_local}")]
    public async Task The_first_user_owns_the_account_and_the_second_is_refused_audited_and_shown()
    {
        var name = await CreateFederated();
        var first = await Resolve(name, "alice@a.test", "user-a");
        var calls = Google.Targets.Count;
        var second = await Resolve(name, "alice@b.test", "user-b");
        var row = (await Gateway.AuditOf("federation_session"))[^1];
        var policy = await Gateway.Operator.Get($"/api/connections/{name}/federation");
        var conflict = policy["principal_conflicts"].EnumerateArray().Single();

        Assert.Multiple(() =>
        {
            Assert.That(first.Environment?.Federated?.Principal, Is.EqualTo(Alice));
            Assert.That(second.Refusal?.Code, Is.EqualTo("principal_taken"));
            Assert.That(second.Refusal?.Message, Does.Not.Contain("a.test"), "a user is not told who the other one is");
            Assert.That(Google.Targets, Has.Count.EqualTo(calls), "nothing is asked for somebody who will not get it");
            Assert.That((row.Outcome, row.Failure), Is.EqualTo(("failure", "principal_taken")));
            Assert.That(conflict.GetProperty("principal").GetString(), Is.EqualTo(Alice));
            Assert.That(conflict.GetProperty("owner").GetString(), Is.EqualTo("alice@a.test"));
            Assert.That(conflict.GetProperty("refused").GetString(), Is.EqualTo("alice@b.test"));
        });
        Assert.That((await Resolve(name, "alice@a.test", "user-a")).Environment, Is.Not.Null, "the owner goes on");
    }

    [Test]
    public async Task An_account_is_owned_in_all_connections_of_the_organization_and_in_no_other_organization()
    {
        var (one, two) = (
            await CreateFederated(),
            await CreateFederated(new() { ["identity_target_template"] = "{user.id}@my-proj.iam.gserviceaccount.com" }));
        await Resolve(one, "alice@a.test", "user-a");

        Assert.That((await Resolve(two, "somebody@else.test", "alice")).Refusal?.Code, Is.EqualTo("principal_taken"));
        Assert.That(
            await Gateway.Query<int>("SELECT 1 FROM federation.principal_owners WHERE org_id <> @Id", new { DefaultOrganization.Id }),
            Is.Empty);
    }

    [Test]
    public async Task A_recycled_address_is_another_user_and_a_new_address_of_the_same_subject_is_not()
    {
        var name = await CreateFederated(new() { ["identity_target_template"] = "{user.email_local}@my-proj.iam.gserviceaccount.com" });
        await Resolve(name, "alice@a.test", "user-a");

        Assert.That((await Resolve(name, "alice@a.test", "user-new")).Refusal?.Code, Is.EqualTo("principal_taken"));
        Assert.That((await Resolve(name, "alice@married.test", "user-a")).Environment, Is.Not.Null);
    }

    [Test]
    public async Task Only_a_token_that_was_given_makes_an_owner()
    {
        var name = await CreateFederated();
        Google.Revoke(Alice);
        Assert.That((await Resolve(name, "alice@b.test", "user-b")).Refusal?.Code, Is.EqualTo("principal_denied"));

        Google.Grant(Alice);
        Assert.That((await Resolve(name, "alice@a.test", "user-a")).Environment, Is.Not.Null);
    }

    [Test]
    public async Task Of_many_first_users_at_once_exactly_one_gets_the_account()
    {
        for (var round = 0; round < 5; round++)
        {
            await NobodyOwnsAnything();
            var name = await CreateFederated();
            var sessions = await Task.WhenAll(
                Enumerable.Range(0, 12).Select(index => Resolve(name, $"alice@d{index}.test", $"user-{index}")));

            Assert.That(sessions.Count(session => session.Environment is not null), Is.EqualTo(1));
            Assert.That(
                sessions.Where(session => session.Refusal is not null).Select(session => session.Refusal!.Code).Distinct(),
                Is.EqualTo(new[] { "principal_taken" }));
        }
    }

    [Test]
    [Description("Property: over random users and accepted policies, equal principal means equal user")]
    public async Task Two_different_users_never_get_the_same_principal()
    {
        var random = new Random(20261126);
        string[] templates =
        [
            "{user.email_local}@my-proj.iam.gserviceaccount.com", "{user.id}@my-proj.iam.gserviceaccount.com",
                "a{user.email_local}@my-proj.iam.gserviceaccount.com",
            "{user.id}a@my-proj.iam.gserviceaccount.com", "aa@my-proj.iam.gserviceaccount.com",
        ];
        var connections = new List<string>();
        foreach (var template in templates)
        {
            connections.Add(await CreateFederated(new() { ["identity_target_template"] = template }));
        }

        var names = Enumerable.Range(1, 5).Select(length => new string('a', length)).ToArray();
        foreach (var name in names.Append("aaaaaa"))
        {
            Google.Grant($"{name}@my-proj.iam.gserviceaccount.com");
        }

        var owners = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var round = 0; round < 300; round++)
        {
            var (email, id) = ($"{Pick(names)}@{Pick(["a.test", "b.test", "c.test"])}", Pick(names));
            var session = await Resolve(Pick([.. connections]), email, id);
            if (session.Environment?.Federated is { FallbackApplied: false, Principal: var principal })
            {
                Assert.That(owners.TryAdd(principal, id) || owners[principal] == id, principal);
            }
        }

        Assert.That(owners, Has.Count.GreaterThan(3));

        string Pick(string[] from) => from[random.Next(from.Length)];
    }

    [Test]
    public async Task The_readonly_principal_belongs_to_nobody_and_may_be_shared()
    {
        var name = await CreateFederated(new() { ["fallback_policy"] = "readonly", ["readonly_principal"] = Readonly });
        var itself = await Resolve(name, "reader@a.test", "user-r");
        var carol = await Resolve(name, "carol@a.test", "user-c");
        var dave = await Resolve(name, "dave@a.test", "user-d");

        Assert.That(itself.Refusal?.Code, Is.EqualTo("principal_taken"));
        Assert.That(carol.Environment?.Federated?.Principal, Is.EqualTo(Readonly));
        Assert.That(dave.Environment?.Federated?.Principal, Is.EqualTo(Readonly));
        Assert.That(await Gateway.Query<int>("SELECT 1 FROM federation.principal_owners"), Is.Empty);
    }

    [Test]
    public async Task An_admin_releases_an_account_and_the_next_user_owns_it()
    {
        var name = await CreateFederated();
        await Resolve(name, "alice@a.test", "user-a");

        var released = await Gateway.Operator.Delete("/api/federation/principals/" + Alice);
        var again = await Gateway.Operator.Delete("/api/federation/principals/" + Alice);
        var row = (await Gateway.AuditOf("federation_principal")).Single();

        Assert.That(released.Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((again.Status, again.Message), Is.EqualTo((HttpStatusCode.NotFound, "nobody owns this principal")));
        Assert.That((row.Action, row.ResourceId), Is.EqualTo(("delete", Alice)));
        Assert.That(row.Fields, Does.Contain("alice@a.test"));
        Assert.That((await Resolve(name, "alice@b.test", "user-b")).Environment, Is.Not.Null);
    }

    [Test]
    public async Task Another_organization_releases_nothing_of_ours()
    {
        var (id, stranger) = await Gateway.CreateOrganization("stranger-owners");
        await SetFlag(Gateway, on: true, id);
        await Resolve(await CreateFederated(), "alice@a.test", "user-a");

        Assert.That((await stranger.Delete("/api/federation/principals/" + Alice)).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(await Gateway.Query<int>("SELECT 1 FROM federation.principal_owners"), Has.Count.EqualTo(1));
    }

    [TestCase("%00")]
    [TestCase("a%E2%80%8Bb")]
    public async Task A_name_that_no_account_has_is_a_refusal_and_not_a_fault(string principal)
    {
        Assert.That((int)(await Gateway.Operator.Delete("/api/federation/principals/" + principal)).Status, Is.InRange(400, 422));
    }
}
