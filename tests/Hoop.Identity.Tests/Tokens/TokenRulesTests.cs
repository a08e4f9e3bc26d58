using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Hoop.Identity.Aliases;
using Hoop.Identity.Tokens;
using Hoop.Shared.Configuration;
using Microsoft.Extensions.Configuration;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Tokens;

/// <summary>Tables of what a new token may be: its policies, its life, its name.</summary>
public sealed class TokenRulesTests
{
    private const int Hour = 3600;

    private static readonly TokenRequest Plain = new(
        Policies: [], Meta: null, DisplayName: "", Ttl: 0, ExplicitMaxTtl: 0, Period: 0, NumUses: 0, NoParent: false,
        NoDefaultPolicy: false, Renewable: true, EntityAlias: "", Type: "", HasId: false);

    private static readonly TokenOptions Options = new(DefaultTtl: 10 * Hour, MaxTtl: 100 * Hour);

    // Asked for | of the parent | sudo | no default | what it has; an error begins with "!".
    [TestCase("", "dev", false, false, "dev", TestName = "Policies: those of the parent when none is asked for")]
    [TestCase("", "dev default", false, false, "default dev", TestName = "Policies: default comes from the parent")]
    [TestCase("", "root", false, false, "root", TestName = "Policies: root from root")]
    [TestCase("dev", "dev ops", false, false, "dev", TestName = "Policies: some of the parent's")]
    [TestCase("dev", "dev default", false, false, "default dev", TestName = "Policies: default is added when the parent has it")]
    [TestCase("dev", "dev default", false, true, "dev", TestName = "Policies: default is left out when asked so")]
    [TestCase("other", "dev", false, false, "!child policies must be subset of parent", TestName = "Policies: none that the parent lacks")]
    [TestCase("default", "dev", false, false, "!child policies must be subset of parent", TestName = "Policies: not even default")]
    [TestCase("root", "dev", false, false, "!child policies must be subset of parent", TestName = "Policies: root is none of them")]
    [TestCase("other", "dev", true, false, "default other", TestName = "Policies: sudo gives others, and default")]
    [TestCase("other", "dev", true, true, "other", TestName = "Policies: sudo without default")]
    [TestCase("root", "dev", true, false, "!root tokens may not be created without parent token being root",
        TestName = "Policies: sudo does not give root")]
    [TestCase("root dev", "root", true, false, "root", TestName = "Policies: root needs no other")]
    [TestCase("dev", "root", true, false, "default dev", TestName = "Policies: root gives less")]
    public void Of_the_parent(string asked, string parent, bool sudo, bool noDefault, string expected) =>
        Expect(Plain with { Policies = Words(asked), NoDefaultPolicy = noDefault }, role: null, parent, sudo, expected);

    // Asked for | allowed | allowed globs | disallowed | disallowed globs | no default | what it has.
    [TestCase("", "dev", "", "", "", false, "default dev", TestName = "Role: all that it allows when none is asked for")]
    [TestCase("", "dev", "", "", "", true, "dev", TestName = "Role: without default")]
    [TestCase("dev", "dev ops", "", "", "", false, "default dev", TestName = "Role: one of those that it allows")]
    [TestCase("other", "dev", "", "", "", false, "!token policies", TestName = "Role: none that it does not allow")]
    [TestCase("team-a", "", "team-*", "", "", false, "default team-a", TestName = "Role: default beside one that a glob allows")]
    [TestCase("team-a", "", "team-*", "", "", true, "team-a", TestName = "Role: one that a glob allows")]
    [TestCase("team-a", "dev", "team-*", "", "", false, "default team-a", TestName = "Role: globs beside names")]
    [TestCase("dev", "", "", "ops", "", false, "default dev", TestName = "Role: what is not disallowed")]
    [TestCase("ops", "", "", "ops", "", false, "!token policy \"ops\" is disallowed", TestName = "Role: what is disallowed")]
    [TestCase("adm-1", "", "", "", "adm-*", false, "!token policy \"adm-1\" is disallowed", TestName = "Role: a glob that disallows")]
    [TestCase("dev", "", "", "default", "", false, "dev", TestName = "Role: default may be disallowed")]
    [TestCase("", "", "", "ops", "", false, "default parent", TestName = "Role: the parent's when it only disallows")]
    [TestCase("dev", "dev", "", "dev", "", false, "!token policy \"dev\" is disallowed", TestName = "Role: disallowed beats allowed")]
    [TestCase("root", "root", "", "", "", false, "!root tokens may not be created", TestName = "Role: no root without a root parent")]
    public void Of_a_role(string asked, string allowed, string globs, string disallowed, string notGlobs, bool noDefault, string expected)
    {
        var role = TokenRole.New("r") with
        {
            AllowedPolicies = Words(allowed),
            AllowedPoliciesGlob = Words(globs),
            DisallowedPolicies = Words(disallowed),
            DisallowedPoliciesGlob = Words(notGlobs),
            TokenNoDefaultPolicy = noDefault,
        };
        Expect(Plain with { Policies = Words(asked) }, role, "parent", isSudo: false, expected);
    }

    [Test]
    public void A_role_that_names_no_policy_decides_nothing()
    {
        var role = TokenRole.New("r") with { TokenNoDefaultPolicy = true };
        Expect(Plain with { Policies = ["other"] }, role, "dev", isSudo: false, "!child policies must be subset of parent");
        Expect(Plain, role, "dev default", isSudo: false, "dev");
    }

    // Hours: asked ttl, period, explicit max; of the role: period, explicit max; root | ttl, period, explicit max that come of it.
    [TestCase(0, 0, 0, 0, 0, false, 10, 0, 0, TestName = "Life: the usual one")]
    [TestCase(5, 0, 0, 0, 0, false, 5, 0, 0, TestName = "Life: as long as was asked")]
    [TestCase(200, 0, 0, 0, 0, false, 100, 0, 0, TestName = "Life: no longer than the gateway allows")]
    [TestCase(0, 0, 5, 0, 0, false, 5, 0, 5, TestName = "Life: the usual one is cut by the explicit limit")]
    [TestCase(9, 0, 5, 0, 0, false, 5, 0, 5, TestName = "Life: cut by the explicit limit")]
    [TestCase(9, 0, 500, 0, 0, false, 9, 0, 500, TestName = "Life: an explicit limit above the gateway's")]
    [TestCase(150, 0, 500, 0, 0, false, 100, 0, 500, TestName = "Life: the gateway's limit counts all the same")]
    [TestCase(0, 2, 0, 0, 0, false, 2, 2, 0, TestName = "Life: a period")]
    [TestCase(9, 2, 0, 0, 0, false, 2, 2, 0, TestName = "Life: a period before a ttl")]
    [TestCase(0, 200, 0, 0, 0, false, 100, 100, 0, TestName = "Life: a period no longer than the gateway allows")]
    [TestCase(0, 20, 5, 0, 0, false, 5, 20, 5, TestName = "Life: a period is cut by the explicit limit")]
    [TestCase(0, 0, 0, 3, 0, false, 3, 3, 0, TestName = "Life: the role's period")]
    [TestCase(0, 2, 0, 3, 0, false, 2, 2, 0, TestName = "Life: the lesser of two periods")]
    [TestCase(50, 0, 40, 0, 30, false, 30, 0, 30, TestName = "Life: the lesser of two limits")]
    [TestCase(0, 0, 0, 0, 0, true, 0, 0, 0, TestName = "Life: root has no end")]
    [TestCase(5, 0, 0, 0, 0, true, 5, 0, 0, TestName = "Life: root with a ttl")]
    [TestCase(0, 0, 7, 0, 0, true, 7, 0, 7, TestName = "Life: root with a limit")]
    [TestCase(0, 0, 700, 0, 0, true, 100, 0, 700, TestName = "Life: root with a limit above the gateway's")]
    public void Life(int ttl, int period, int max, int rolePeriod, int roleMax, bool root, int lives, int renews, int atMost)
    {
        var role = TokenRole.New("r") with { TokenPeriod = rolePeriod * Hour, TokenExplicitMaxTtl = roleMax * Hour };
        var life = TokenLife.Of(
            Plain with { Ttl = ttl * Hour, Period = period * Hour, ExplicitMaxTtl = max * Hour }, role, root, Options);
        Assert.That(
            (life.Ttl / Hour, life.Period / Hour, life.ExplicitMaxTtl / Hour), Is.EqualTo((lives, renews, atMost)));
    }

    [Test]
    public void What_a_limit_cuts_is_warned_of_with_both_values_and_the_usual_life_is_cut_without_a_word()
    {
        Assert.That(
            TokenLife.Of(Plain with { Ttl = 200 * Hour }, role: null, isRoot: false, Options).Warnings,
            Is.EqualTo(new[] { "TTL of \"200h\" exceeded the effective max_ttl of \"100h\"; TTL value is capped accordingly" }));
        Assert.That(TokenLife.Of(Plain with { ExplicitMaxTtl = Hour }, role: null, isRoot: false, Options).Warnings, Is.Empty);
        var role = TokenRole.New("r") with { TokenExplicitMaxTtl = 3 * Hour };
        Assert.That(
            TokenLife.Of(Plain with { ExplicitMaxTtl = 2 * Hour }, role, isRoot: false, Options).Warnings,
            Is.EqualTo(new[] { "Explicit max TTL specified both during creation call and in role; using the lesser value of 7200 seconds" }));
    }

    [TestCase("", "token")]
    [TestCase("build", "token-build")]
    [TestCase("build 1/x", "token-build-1-x")]
    [TestCase("ends-", "token-ends")]
    [TestCase("grün", "token-gr-n")]
    public void A_name_is_shown_as_Vault_shows_it(string name, string shown) =>
        Assert.That((Plain with { DisplayName = name }).ShownName, Is.EqualTo(shown));

    [TestCase("web-*", "WEB-1", true)]
    [TestCase("WEB-*", "web-1", true)]
    [TestCase("*-ci", "team-CI", true)]
    [TestCase("*", "anything", true)]
    [TestCase("web", "web-1", false)]
    [TestCase("w*b", "web", false, Description = "a star inside means itself")]
    public void A_role_allows_aliases_in_any_case_with_a_star_at_an_end(string allowed, string alias, bool expected) =>
        Assert.That((TokenRole.New("r") with { AllowedEntityAliases = [allowed] }).AllowsAlias(alias), Is.EqualTo(expected));

    [Test]
    public void A_role_that_names_no_alias_allows_none() => Assert.That(TokenRole.New("r").AllowsAlias("x"), Is.False);

    [Test]
    [Description("I10: one folding in all checks")]
    public void The_case_of_ASCII_letters_decides_nothing_in_no_check_and_other_letters_do() => Prop.ForAll<string, int, bool>(
        (text, seed, star) =>
        {
            var name = new string([.. (text ?? "").Where(letter => letter is not '*')]) + "k";
            var (random, other) = (new Random(seed), new StringBuilder());
            foreach (var letter in name)
            {
                other.Append(random.Next(2) == 0 ? letter
                    : char.IsAsciiLetterLower(letter) ? char.ToUpperInvariant(letter)
                    : char.IsAsciiLetterUpper(letter) ? char.ToLowerInvariant(letter)
                    : letter);
            }

            var role = TokenRole.New("r") with { AllowedEntityAliases = [star ? $"{other}*" : other.ToString()] };
            return role.AllowsAlias(name)
                && role.AllowsAlias(name.ToUpperInvariant()) == (AliasName.KeyOf(name.ToUpperInvariant()) == AliasName.KeyOf(name))
                && AliasName.KeyOf(other.ToString()) == AliasName.KeyOf(name)
                && !role.AllowsAlias(name[..^1] + '\u212A')
                && role.AllowsAlias(name + "x") == star;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Test]
    public void A_role_is_stored_and_read_whole()
    {
        var role = TokenRole.New("whole") with
        {
            AllowedPolicies = ["a"],
            DisallowedPoliciesGlob = ["b*"],
            AllowedEntityAliases = ["c"],
            Orphan = true,
            Renewable = false,
            PathSuffix = "s",
            TokenExplicitMaxTtl = 1,
            TokenPeriod = 2,
            TokenNumUses = 3,
            TokenNoDefaultPolicy = true,
        };
        Assert.That(TokenRole.FromStored(role.ToStored()).ToStored(), Is.EqualTo(role.ToStored()));
    }

    [TestCase(null, null, 768 * Hour, 768 * Hour)]
    [TestCase("1h", null, Hour, 768 * Hour)]
    [TestCase(null, "2h", 2 * Hour, 2 * Hour, Description = "the usual life follows a shorter limit")]
    [TestCase("1h", "2h", Hour, 2 * Hour)]
    public void The_gateway_s_own_times_are_read(string? usual, string? max, int expectedUsual, int expectedMax) =>
        Assert.That(TokenOptions.From(Configured(usual, max)), Is.EqualTo(new TokenOptions(expectedUsual, expectedMax)));

    [TestCase("3h", "2h", "HOOP_VAULT_TOKEN_TTL")]
    [TestCase("soon", null, "HOOP_VAULT_TOKEN_TTL")]
    [TestCase(null, "0s", "HOOP_VAULT_TOKEN_MAX_TTL")]
    [TestCase(null, "-1h", "HOOP_VAULT_TOKEN_MAX_TTL")]
    public void A_wrong_time_stops_the_start_and_names_its_variable(string? usual, string? max, string variable) => Assert.That(
        () => TokenOptions.From(Configured(usual, max)),
        Throws.TypeOf<ConfigurationException>().With.Property(nameof(ConfigurationException.Variable)).EqualTo(variable));

    private static IConfiguration Configured(string? usual, string? max) => new ConfigurationBuilder().AddInMemoryCollection(
        new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["HOOP_VAULT_TOKEN_TTL"] = usual,
            ["HOOP_VAULT_TOKEN_MAX_TTL"] = max,
        }).Build();

    private static void Expect(TokenRequest request, TokenRole? role, string parent, bool isSudo, string expected)
    {
        var result = TokenPolicies.Of(request, role, Words(parent), isSudo);
        var told = result.Succeeded(out var policies, out var error) ? string.Join(' ', policies) : $"!{error.Message}";
        Assert.That(told, expected.StartsWith('!') ? Does.StartWith(expected) : Is.EqualTo(expected));
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
