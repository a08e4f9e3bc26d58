using System.Text;
using Hoop.Cli.Federation;
using Hoop.GoTemplates;
using Hoop.Identity.AccessRules;
using Hoop.Identity.Entities;
using Hoop.Identity.Vault;
using Hoop.Shared.Configuration;
using Hoop.Shared.Data;
using Hoop.Shared.Jose;
using Hoop.Spiffe;

namespace Hoop.Fuzz;

/// <summary>One reader of hostile input. It may refuse in the ways it declares; any other exception is a finding.</summary>
/// <param name="Run">Throws <see cref="FindingException"/> when what was read contradicts the input.</param>
internal sealed record Target(string Name, Action<byte[]> Run)
{
    private static readonly TemplateFields Fields = new("agent_template", "main.Data", "WorkloadIdentifier", "SPIFFEID");

    public static readonly IReadOnlyList<Target> All =
    [
        new("spiffe-id", input => ReadSpiffeId(Latin1OrUtf8(input))),
        new("jwt", input => ReadToken(Latin1OrUtf8(input))),
        new("claims", ReadClaims),
        new("key-set", input => JsonWebKeySet.Parse(input)),
        new("go-template", input => Render(Latin1OrUtf8(input))),
        new("database-url", input => ReadDatabaseUrl(Latin1OrUtf8(input))),
        new("policy-yaml", input => ReadPolicy(Latin1OrUtf8(input))),
        new("vault-fields", ReadEntity),
        new("acl-policy", input => ReadAcl(Latin1OrUtf8(input))),
    ];

    private static void ReadSpiffeId(string text)
    {
        if (SpiffeId.TryParse(text, out var id, out var reason))
        {
            Expect(id.Text == text, "the identity is another one than the text");
            Expect(
                text.StartsWith($"spiffe://{id.TrustDomain.Name}", StringComparison.Ordinal), "the trust domain is not that of the text");
            Expect(text.Length <= SpiffeId.MaxLength, "the identity is longer than allowed");
        }
        else
        {
            Expect(reason.Length > 0, "a refusal without a reason");
        }
    }

    private static void ReadToken(string text)
    {
        if (CompactJws.TryParse(text, out _, out var refusal))
        {
            Expect(text.Count(character => character == '.') == 2, "a token that has not three parts");
        }
        else
        {
            Expect(refusal.Code.Length > 0, "a refusal without a code");
        }
    }

    private static void ReadClaims(byte[] input)
    {
        if (!JwtClaims.TryRead(input, out _, out var refusal))
        {
            Expect(refusal.Code.Length > 0, "a refusal without a code");
        }
    }

    private static void Render(string text)
    {
        if (!GoTemplate.TryParse(text, Fields, out var template, out var error))
        {
            Expect(error.ToString()!.Length > 0, "a refusal without a reason");
            return;
        }

        if (template.TryRender(["agent/eu/db", "spiffe://customer.com/agent/eu/db"], out var output, out _))
        {
            Expect(output.Length <= TemplateLimits.TextBytes, "more output than allowed");
        }
    }

    private static void ReadAcl(string text)
    {
        if (PolicyDocument.Parse("fuzz", text, out var problem) is not { } document)
        {
            Expect(problem!.StartsWith("failed to parse policy: line ", StringComparison.Ordinal), "a refusal without its place");
            Expect(!problem.Contains('\n', StringComparison.Ordinal), "a refusal of several lines");
            return;
        }

        var entity = new EntityFacts(Guid.Empty, "a", new Dictionary<string, string>(StringComparer.Ordinal) { ["k"] = "*" });
        var acl = new Acl(isRoot: false, document.Rules, entity);
        foreach (var rule in document.Rules)
        {
            var asked = rule.Pattern.Literal.Replace("+", "x", StringComparison.Ordinal);
            var answer = acl.Ask(asked, isList: false);
            Expect(answer.Rule is null || answer.Rule.Pattern.Matches(asked), "a rule decides about a path that it does not match");
            Expect(rule.Pattern.Covers(rule.Pattern), "a pattern that does not match all that it matches");
        }

        Expect(document.Warnings().Count() <= document.Rules.Count, "more warnings than rules");
    }

    private static void ReadDatabaseUrl(string text)
    {
        try
        {
            ConnectionText.Parse(text);
        }
        catch (ConfigurationException refused)
        {
            Expect(refused.Message.Length > 0, "a refusal without a reason");
        }
    }

    private static void ReadPolicy(string text)
    {
        try
        {
            PolicyYaml.Read(text);
        }
        catch (PolicyProblem refused)
        {
            Expect(refused.Message.Length > 0, "a refusal without a reason");
        }
    }

    private static void ReadEntity(byte[] input)
    {
        var body = VaultBody.Parse(
            new(input), input.Length % 3 == 0 ? "application/x-www-form-urlencoded" : "application/json", SetEntity.Fields);
        var change = EntityChange.Read(body);
        if (body.Error is null && change.Problem is null)
        {
            change.Values(Guid.Empty, change.Name);
        }

        _ = body.Warnings;
    }

    /// <summary>Text as it arrives: UTF-8 when it is that, else each byte a character, so that no input is lost.</summary>
    private static string Latin1OrUtf8(byte[] input)
    {
        try
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(input);
        }
        catch (ArgumentException)
        {
            return Encoding.Latin1.GetString(input);
        }
    }

    private static void Expect(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new FindingException(otherwise);
        }
    }
}

/// <summary>What was read contradicts what was given.</summary>
internal sealed class FindingException(string message) : Exception(message);
