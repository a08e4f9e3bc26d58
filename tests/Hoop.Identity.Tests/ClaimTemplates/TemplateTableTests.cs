using System.Text.Json;
using Hoop.Identity.ClaimTemplates;
using NUnit.Framework;

namespace Hoop.Identity.Tests.ClaimTemplates;

/// <summary>Directive by directive: what a template gives for one entity, and which templates are none.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class TemplateTableTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    private static readonly EntityTold Told = new(
        new Guid("00000000-0000-4000-8000-00000000000e"),
        "An \"na",
        Pairs(("team", "red"), ("empty", "")),
        [new GroupTold("g1", "Staff", Pairs(("floor", "3"))), new GroupTold("g2", "Ops", Pairs())],
        new Dictionary<string, AliasTold>(StringComparer.Ordinal)
        {
            ["auth_x_1"] = new("a1", "anna@x", Pairs(("mail", "a@x")), Pairs(("desk", "7"))),
        });

    [TestCase("identity.entity.id", "\"00000000-0000-4000-8000-00000000000e\"")]
    [TestCase("identity.entity.name", "\"An \\u0022na\"")]
    [TestCase(" identity.entity.name ", "\"An \\u0022na\"")]
    [TestCase("identity.entity.metadata", "{\"team\":\"red\",\"empty\":\"\"}")]
    [TestCase("identity.entity.metadata.team", "\"red\"")]
    [TestCase("identity.entity.metadata.empty", "\"\"")]
    [TestCase("identity.entity.metadata.none", "\"\"")]
    [TestCase("identity.entity.metadata.Team", "\"\"")]
    [TestCase("identity.entity.groups.ids", "[\"g1\",\"g2\"]")]
    [TestCase("identity.entity.groups.names", "[\"Staff\",\"Ops\"]")]
    [TestCase("identity.entity.aliases.auth_x_1.id", "\"a1\"")]
    [TestCase("identity.entity.aliases.auth_x_1.name", "\"anna@x\"")]
    [TestCase("identity.entity.aliases.auth_x_1.metadata", "{\"mail\":\"a@x\"}")]
    [TestCase("identity.entity.aliases.auth_x_1.metadata.mail", "\"a@x\"")]
    [TestCase("identity.entity.aliases.auth_x_1.metadata.none", "\"\"")]
    [TestCase("identity.entity.aliases.auth_x_1.custom_metadata", "{\"desk\":\"7\"}")]
    [TestCase("identity.entity.aliases.auth_x_1.custom_metadata.desk", "\"7\"")]
    [TestCase("identity.entity.aliases.auth_x_2.id", "\"\"")]
    [TestCase("identity.entity.aliases.auth_x_2.name", "\"\"")]
    [TestCase("identity.entity.aliases.auth_x_2.metadata", "{}")]
    [TestCase("identity.entity.aliases.auth_x_2.metadata.mail", "\"\"")]
    [TestCase("identity.entity.aliases.auth_x_2.custom_metadata", "{}")]
    [TestCase("identity.groups.ids.g1.name", "\"Staff\"")]
    [TestCase("identity.groups.ids.g1.id", "\"g1\"")]
    [TestCase("identity.groups.ids.g1.metadata", "{\"floor\":\"3\"}")]
    [TestCase("identity.groups.ids.g1.metadata.floor", "\"3\"")]
    [TestCase("identity.groups.ids.g2.metadata.floor", "\"\"")]
    [TestCase("identity.groups.names.Staff.id", "\"g1\"")]
    [TestCase("identity.groups.names.STAFF.name", "\"Staff\"")]
    [TestCase("identity.groups.names.staff.metadata.floor", "\"3\"")]
    [TestCase("time.now", "1800000000")]
    [TestCase("time.now.plus.90", "1800000090")]
    [TestCase("time.now.plus.1h30m", "1800005400")]
    [TestCase("time.now.plus.1d", "1800086400")]
    [TestCase("time.now.minus.1m", "1799999940")]
    [TestCase("time.now.plus.1.5h", "1800005400")]
    public void A_directive_is_a_whole_value(string directive, string expected)
    {
        var claims = Read($$$$"""{"v": {{{{{{directive}}}}}}}""").Render(Told, Now, out var problem);
        Assert.That(problem, Is.Null);
        Assert.That(JsonElement.DeepEquals(claims!.Value.GetProperty("v"), JsonElement.Parse(expected)), claims.ToString());
    }

    [TestCase("<{{identity.entity.name}}>", "<An \"na>")]
    [TestCase("{{identity.entity.metadata.team}}-{{identity.entity.metadata.team}}", "red-red")]
    [TestCase("{{identity.entity.metadata.none}}", "")]
    [TestCase("\\\"{{identity.entity.metadata.team}}\\\"", "\"red\"")]
    [TestCase("at {{time.now}}", "at 1800000000")]
    [TestCase("{{identity.groups.names.ops.id}}!", "g2!")]
    [TestCase("no directive } here", "no directive } here")]
    public void Inside_of_a_text_a_directive_is_the_bare_text(string text, string expected) => Assert.That(
        Read($$"""{"v": "{{text}}"}""").Render(Told, Now, out _)!.Value.GetProperty("v").GetString(), Is.EqualTo(expected));

    [TestCase("identity.groups.ids.g3.name")]
    [TestCase("identity.groups.ids.Staff.name")]
    [TestCase("identity.groups.names.other.id")]
    [TestCase("identity.groups.names.other.metadata")]
    [TestCase("identity.groups.names.other.metadata.floor")]
    public void A_group_that_the_entity_is_not_in_gives_no_claims(string directive)
    {
        Assert.That(Read($$$$"""{"v": {{{{{{directive}}}}}}}""").Render(Told, Now, out var problem), Is.Null);
        Assert.That(problem, Is.EqualTo("no value could be found for one of the template directives"));
    }

    [TestCase("identity", "no value could be found for one of the template directives")]
    [TestCase("identity.entity", "no value could be found for one of the template directives")]
    [TestCase("identity.entity.disabled", "no value could be found for one of the template directives")]
    [TestCase("identity.entity.groups", "no value could be found for one of the template directives")]
    [TestCase("identity.entity.aliases", "no value could be found for one of the template directives")]
    [TestCase("identity.entity.aliases.auth_x_1", "no value could be found for one of the template directives")]
    [TestCase("identity.entity.aliases.auth_x_1.mount_path", "invalid alias selector")]
    [TestCase("identity.entity.aliases.auth_x_1.id.x", "invalid alias selector")]
    [TestCase("identity.groups.ids.g1", "no value could be found for one of the template directives")]
    [TestCase("identity.groups.ids.g1.policies", "no value could be found for one of the template directives")]
    [TestCase("identity.groups.other.g1.id", "no value could be found for one of the template directives")]
    [TestCase("Identity.entity.id", "no value could be found for one of the template directives")]
    [TestCase("time", "no value could be found for one of the template directives")]
    [TestCase("time.now.plus", "missing time operand")]
    [TestCase("time.now.plus.", "missing time operand")]
    [TestCase("time.now.minus", "missing time operand")]
    [TestCase("time.now.divide.2", "invalid time operator \"divide\"")]
    [TestCase("time.now.plus.-1h", "\"-1h\" is no duration")]
    [TestCase("time.now.plus.soon", "\"soon\" is no duration")]
    [TestCase("", "no value could be found for one of the template directives")]
    public void A_directive_that_is_none(string directive, string problem)
    {
        Assert.That(ClaimTemplate.Parse($$$$"""{"v": {{{{{{directive}}}}}}}""", out var told), Is.Null);
        Assert.That(told, Is.EqualTo($"error parsing template: {problem}"));
    }

    [TestCase("{\"a\": {{identity.entity.id}", "error parsing template: unbalanced templating characters")]
    [TestCase("{\"a\": {{identity.entity.id", "error parsing template: unbalanced templating characters")]
    [TestCase("{\"a\": {{ \"x\" }}}", "error parsing template: unbalanced templating characters")]
    [TestCase("{\"a\": {{{{identity.entity.id}}}}}", "error parsing template: unbalanced templating characters")]
    [TestCase("{\"a\": \"{{identity.entity.metadata}}\"}", "error parsing template: a list or an object cannot stand inside of a text")]
    [TestCase("{\"a\": \"{{identity.entity.groups.ids}}\"}", "error parsing template: a list or an object cannot stand inside of a text")]
    [TestCase("[{{identity.entity.id}}]", "error parsing template JSON: it must be an object")]
    [TestCase("{{identity.entity.metadata}}", null, Description = "an object, as the whole")]
    [TestCase("\"a\"", "error parsing template JSON: it must be an object")]
    [TestCase("{\"a\": 1, \"a\": 2}", "error parsing template JSON: a member is there twice")]
    [TestCase("{\"a\": 1,}", "error parsing template JSON: not valid at line 1, byte 9")]
    [TestCase("{\"a\": tru}", "error parsing template JSON: not valid at line 1, byte 10")]
    [TestCase("{\"a\": {\"iss\": 1}}", null, Description = "only on the first level")]
    [TestCase("{}", null)]
    [TestCase("{\"a\": [1, {\"b\": {{identity.entity.id}}}]}", null)]
    public void A_template(string text, string? problem)
    {
        var template = ClaimTemplate.Parse(text, out var told);
        Assert.That(told, Is.EqualTo(problem));
        Assert.That(template is null, Is.EqualTo(problem is not null));
    }

    [TestCase("iat")]
    [TestCase("aud")]
    [TestCase("exp")]
    [TestCase("iss")]
    [TestCase("sub")]
    [TestCase("namespace")]
    [TestCase("nonce")]
    [TestCase("auth_time")]
    [TestCase("at_hash")]
    [TestCase("c_hash")]
    [TestCase("jti")]
    [TestCase("nbf")]
    public void What_metadata_bring_in_is_no_claim_of_the_gateway_s_own(string claim)
    {
        var entity = Told with { Metadata = Pairs((claim, "x")) };
        var claims = Read("{{identity.entity.metadata}}").Render(entity, Now, out var problem);
        Assert.That(claims, Is.Null);
        Assert.That(problem, Is.EqualTo("what the template gives is no object, or holds a claim that only the gateway writes"));
    }

    [TestCase("eyJhIjogMX0=", "{\"a\": 1}")]
    [TestCase("{\"a\": 1}", "{\"a\": 1}")]
    [TestCase("", "")]
    [TestCase("not base64!", "not base64!")]
    [TestCase("/////w==", "/////w==", Description = "not UTF-8")]
    public void A_template_comes_as_it_is_or_in_base64(string sent, string read) =>
        Assert.That(ClaimTemplate.Decode(sent), Is.EqualTo(read));

    [TestCase("spiffe://a.test", true)]
    [TestCase("spiffe://a.test/b", true)]
    [TestCase("spiffe://a.test/b/c-d_e.f", true)]
    [TestCase("spiffe://a-b_c.test/x", true)]
    [TestCase("spiffe://A.test/b", false)]
    [TestCase("spiffe://a.test/", false)]
    [TestCase("spiffe://a.test/b/", false)]
    [TestCase("spiffe://a.test//b", false)]
    [TestCase("spiffe://a.test/.", false)]
    [TestCase("spiffe://a.test/../b", false)]
    [TestCase("spiffe://a.test:443/b", false)]
    [TestCase("spiffe://u@a.test/b", false)]
    [TestCase("spiffe://a.test/b?c", false)]
    [TestCase("spiffe://a.test/b#c", false)]
    [TestCase("spiffe://a.test/%62", false)]
    [TestCase("spiffe://a.test/ä", false)]
    [TestCase("spiffe:///b", false)]
    [TestCase("https://a.test/b", false)]
    [TestCase("SPIFFE://a.test/b", false)]
    [TestCase("", false)]
    public void A_subject_of_the_template_s_own_is_a_SPIFFE_ID(string subject, bool isOne) =>
        Assert.That(SpiffeSubject.Of(subject, '\uE000') is not null, Is.EqualTo(isOne));

    private static ClaimTemplate Read(string text) =>
        ClaimTemplate.Parse(text, out var problem) ?? throw new AssertionException(problem ?? "no claims");

    private static Dictionary<string, string> Pairs(params (string Key, string Value)[] pairs) =>
        pairs.ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);
}
