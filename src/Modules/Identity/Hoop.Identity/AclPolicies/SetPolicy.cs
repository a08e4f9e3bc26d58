using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Hoop.Identity.AccessRules;
using Hoop.Identity.Vault;
using Hoop.Shared.Quotas;
using Microsoft.AspNetCore.Http;

namespace Hoop.Identity.AclPolicies;

/// <summary>
/// POST|PUT /v1/sys/policies/acl/{name} and /v1/sys/policy/{name}. Writes a policy, in HCL or JSON, as it is or in base64. It holds from
/// the next request on. A deny that can never act is warned of.
/// </summary>
internal static class SetPolicy
{
    // Not private: the fuzzer reads with them what a route reads.
    public static readonly VaultFields Fields =
    [
        VaultField.Text("name", "The policy's."),
        VaultField.Text("policy", "Its text, HCL or JSON; also in base64."),
        VaultField.Text("rules", "The old name of policy.") with { OldNameOf = "policy" },
    ];

    private const string Example = """{ "policy": "path \"secret/*\" { capabilities = [\"read\"] }" }""";

    public static void Map(RouteGroupBuilder sys)
    {
        sys.MapVaultWrite("/policies/acl/{**name:minlength(1)}", "SetAclPolicy", Policies.Admin, Fields, Handle)
            .WithBody(Example)
            .Produces(StatusCodes.Status204NoContent);
        sys.MapVaultWrite("/policy/{**name:minlength(1)}", "SetAclPolicyOld", Policies.Admin, Fields, Handle)
            .WithBody(Example)
            .Produces(StatusCodes.Status204NoContent);
    }

    private static async Task<VaultAnswer<object>> Handle(VaultBody body, ISender sender, CancellationToken cancellationToken)
    {
        var text = body.Text("policy") is { Length: > 0 } policy ? policy : body.Text("rules");
        var request = new Request(AclPolicy.NameOf(body.Text("name")), Decoded(text));
        var result = body.Error is { } error ? error : await sender.Send(request, cancellationToken);
        return result.ToVaultNothing(written => written.Warnings);
    }

    // A policy in clear is never base64: it holds blanks or braces.
    public static string Decoded(string text)
    {
        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        try
        {
            return text.Length > 0 && Convert.TryFromBase64String(text, bytes, out var length)
                ? new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes, 0, length)
                : text;
        }
        catch (DecoderFallbackException)
        {
            // Not text: then it is no base64 either, and the parser says what it is.
            return text;
        }
    }

    internal sealed record Request(string Name, string Text) : ICommand<Written>
    {
        public AuditEntry Audit(Written value) =>
            new("acl_policy", value.Created ? AuditAction.Create : AuditAction.Update, Name)
            {
                // The text may be long: its hash tells which one it was, wherever a copy is kept.
                Fields = new AuditFields
                {
                    { "paths", value.Paths },
                    { "sha256", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text))) },
                },
            };
    }

    internal sealed record Written(bool Created, int Paths, IReadOnlyList<string> Warnings);

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator()
        {
            RuleFor(request => request.Name).Custom((name, context) =>
            {
                if (AclPolicy.ProblemOf(name) is { } problem)
                {
                    context.AddFailure(problem);
                }
            });
            RuleFor(request => request.Name).NotEqual(Acl.Root).WithMessage("cannot update \"root\" policy");
            RuleFor(request => request.Text).NotEmpty().WithMessage("'policy' parameter not supplied or empty");
        }
    }

    internal sealed class Handler(Db db, ICaller caller, QuotaCheck quota) : IRequestHandler<Request, Result<Written>>
    {
        private const string SetSql = """
            INSERT INTO identity.acl_policies AS policy (org_id, name, policy)
            VALUES (@OrgId, @Name, @Text)
            ON CONFLICT (org_id, name) DO UPDATE
            SET policy = excluded.policy, updated_at = clock_timestamp()
            RETURNING (xmax = 0) AS created
            """;

        public async Task<Result<Written>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (PolicyDocument.Parse(request.Name, request.Text, out var problem) is not { } document)
            {
                return Error.Invalid(problem!, "invalid_policy");
            }

            db.AnnouncePolicies(caller.OrgId);
            var created = await db.Of(caller.OrgId).Find<bool>(SetSql, new { request.Name, request.Text }, cancellationToken);

            // Only the statement knows whether the policy is new; a refusal undoes it.
            return created && await quota.Refuses(caller.OrgId, AclPolicy.Quota, cancellationToken, made: 1) is { } full
                ? full
                : new Written(created, document.Rules.Count, [.. document.Warnings()]);
        }
    }
}
