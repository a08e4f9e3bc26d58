using System.Net;
using System.Text.Json.Nodes;
using Hoop.Shared.Jose;
using Hoop.Testing;
using Hoop.Testing.Jose;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.TrustDomains;

/// <summary>S4: a trust domain's name is given by the operator or proven, and stays with its organization.</summary>
public sealed class TrustDomainNameTests : GatewayFixture
{
    private const string Path = "/api/trust-domains";
    private const string Names = "/api/trust-domain-names";

    private static readonly SigningKey Own = SigningKey.Create(JwsAlgorithm.ES256, "own");
    private static readonly SigningKey Victims = SigningKey.Create(JwsAlgorithm.ES256, "victims");

    [Test]
    public async Task A_name_that_was_not_given_is_refused_alike_whether_it_is_free_or_taken()
    {
        var (_, tenant) = await Gateway.CreateOrganization(Fresh("org"));
        var bundle = JsonTexts.KeySet(Victims.Jwk("jwt-svid"));
        await Admin.Post(Path, new { name = "taken.test", bundle_jwks = bundle });

        var taken = await tenant.Post(Path, new { name = "taken.test", bundle_jwks = bundle });
        var free = await tenant.Post(Path, new { name = "spare.test", bundle_jwks = bundle });

        Assert.That((taken.Status, taken.Code), Is.EqualTo((HttpStatusCode.Forbidden, "trust_domain_not_given")));
        Assert.That((free.Status, free.Code), Is.EqualTo((HttpStatusCode.Forbidden, "trust_domain_not_given")));
        Assert.That(taken.Message!.Replace("taken.test", "spare.test", StringComparison.Ordinal), Is.EqualTo(free.Message));
        Assert.That(free.Message, Does.Contain("PUT /api/trust-domain-names/spare.test").And.Contain("hoop-register:"));
    }

    [Test]
    public async Task A_given_name_stays_with_its_organization_until_the_operator_frees_it()
    {
        var (orgId, tenant) = await Gateway.CreateOrganization(Fresh("org"));
        var (otherId, other) = await Gateway.CreateOrganization(Fresh("org"));
        object body = new { name = "given.test", bundle_jwks = JsonTexts.KeySet(Own.Jwk("jwt-svid")) };
        object renamed = new { name = "renamed.test", bundle_jwks = JsonTexts.KeySet(Own.Jwk("jwt-svid")) };

        Assert.That((await Admin.Put($"{Names}/given.test", new { org_id = orgId })).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await Admin.Put($"{Names}/renamed.test", new { org_id = orgId })).Status, Is.EqualTo(HttpStatusCode.OK));
        var created = await tenant.Post(Path, body);
        Assert.That(created.Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That((await Admin.Put($"{Names}/given.test", new { org_id = otherId })).Code, Is.EqualTo("name_in_use"));
        Assert.That((await Admin.Delete($"{Names}/given.test")).Code, Is.EqualTo("name_in_use"));

        Assert.That((await tenant.Put($"{Path}/{created.Text("id")}", renamed)).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await other.Post(Path, body)).Code, Is.EqualTo("trust_domain_not_given"), "renamed away, and still theirs");
        Assert.That((await tenant.Delete($"{Path}/{created.Text("id")}")).Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await other.Post(Path, renamed)).Code, Is.EqualTo("trust_domain_not_given"), "deleted, and still theirs");
        Assert.That((await tenant.Post(Path, renamed)).Status, Is.EqualTo(HttpStatusCode.Created), "so they may come back to it");

        Assert.That((await Admin.Delete($"{Names}/given.test")).Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await Admin.Delete($"{Names}/given.test")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await Admin.Put($"{Names}/given.test", new { org_id = otherId })).Text("given_by"), Is.EqualTo("operator"));
        Assert.That((await other.Post(Path, body)).Status, Is.EqualTo(HttpStatusCode.Created));
        var listed = (await Admin.Get(Names)).Body.EnumerateArray().Single(name => name.GetProperty("name").GetString() == "given.test");
        Assert.That((listed.GetProperty("org_id").GetGuid(), listed.GetProperty("in_use").GetBoolean()), Is.EqualTo((otherId, true)));
    }

    [Test]
    public async Task Every_key_of_a_bundle_must_be_proven()
    {
        var (orgId, tenant) = await Gateway.CreateOrganization(Fresh("org"));
        var name = Fresh("proven") + ".test";
        var both = JsonTexts.KeySet(Own.Jwk("jwt-svid"), Victims.Jwk("jwt-svid"));
        var own = JsonTexts.KeySet(Own.Jwk("jwt-svid"));

        var smuggled = await tenant.Post(Path, new { name, bundle_jwks = both, proofs = new[] { Svid(Own, name, orgId) } });
        Assert.That(smuggled.Code, Is.EqualTo("trust_domain_not_given"), "another's public key beside an own one");
        Assert.That(smuggled.Message, Does.Contain("no proof is signed by the key victims"));
        Assert.That(await Refused(Svid(Own, name, Guid.NewGuid())), Does.Contain("the aud of a proof"));
        Assert.That(await Refused(Svid(Own, "other.test", orgId)), Does.Contain("the sub of a proof"));
        Assert.That(await Refused(Svid(Own, name, orgId, -3600)), Does.Contain("exp"));
        Assert.That(await Refused(Svid(Victims.As(keyId: "own"), name, orgId)), Does.Contain("a proof does not hold"));
        Assert.That(await Refused("nonsense"), Does.Contain("a proof is not an SVID"));

        var created = await tenant.Post(Path, new { name, bundle_jwks = own, proofs = new[] { Svid(Own, name, orgId) } });
        Assert.That(created.Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(
            (await tenant.Put($"{Path}/{created.Text("id")}", new { name, bundle_jwks = JsonTexts.KeySet(Victims.Jwk("jwt-svid")) })).Code,
            Is.EqualTo("trust_domain_not_given"));
        Assert.That(
            (await tenant.Put($"{Path}/{created.Text("id")}", new { name, bundle_url = "https://keys.example.com/bundle" })).Code,
            Is.EqualTo("trust_domain_not_given"));

        async Task<string?> Refused(string proof)
        {
            var reply = await tenant.Post(Path, new { name, bundle_jwks = own, proofs = new[] { proof } });
            Assert.That(reply.Code, Is.EqualTo("trust_domain_not_given"));
            Assert.That(reply.Message, Does.Not.Contain(proof.Split('.')[^1] + "."));
            return reply.Message;
        }
    }

    [Test]
    public async Task Only_the_operator_sees_and_gives_names()
    {
        var (orgId, tenant) = await Gateway.CreateOrganization(Fresh("org"));

        Assert.That((await tenant.Get(Names)).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await tenant.Put($"{Names}/x.test", new { org_id = orgId })).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await tenant.Delete($"{Names}/x.test")).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((int)(await Admin.Put($"{Names}/x.test", new { org_id = Guid.NewGuid() })).Status, Is.EqualTo(422));
        Assert.That((int)(await Admin.Put($"{Names}/UPPER", new { org_id = orgId })).Status, Is.EqualTo(422));
        Assert.That((int)(await Admin.Put($"{Names}/x.test", new { })).Status, Is.EqualTo(400));
        Assert.That((await Admin.Delete($"{Names}/nobodys.test")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task While_there_is_one_organization_its_admin_takes_names_freely_and_keeps_them()
    {
        await using var alone = await TestGateway.Start();
        var token = await alone.Operator.Post("/api/api-tokens", new { name = "an-admin", groups = new[] { "admin" } });
        using var admin = alone.As(token.Text("token")!);
        object body = new { name = "home.test", bundle_jwks = JsonTexts.KeySet(Own.Jwk("jwt-svid")) };

        var created = await admin.Post(Path, body);
        var (_, tenant) = await alone.CreateOrganization("second");

        Assert.That(created.Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That((await admin.Delete($"{Path}/{created.Text("id")}")).Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await admin.Post(Path, body)).Status, Is.EqualTo(HttpStatusCode.Created), "it is theirs");
        Assert.That(
            (await admin.Post(Path, new { name = "late.test", bundle_jwks = JsonTexts.KeySet(Own.Jwk()) })).Code,
            Is.EqualTo("trust_domain_not_given"));
        Assert.That((await tenant.Post(Path, body)).Code, Is.EqualTo("trust_domain_not_given"));
        Assert.That((await alone.Operator.Get(Names)).Body[0].GetProperty("given_by").GetString(), Is.EqualTo("only_organization"));
    }

    private static string Svid(SigningKey key, string trustDomain, Guid orgId, int seconds = 300) => key.Sign(new JsonObject
    {
        ["sub"] = $"spiffe://{trustDomain}/admin",
        ["aud"] = new JsonArray($"hoop-register:{orgId}"),
        ["exp"] = DateTimeOffset.UtcNow.AddSeconds(seconds).ToUnixTimeSeconds(),
    }.ToJsonString());
}
