using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Hoop.Identity.AccessRules;
using Hoop.Identity.AclPolicies;
using Hoop.Identity.Vault;
using Hoop.Shared.Quotas;
using Hoop.Shared.Secrets;
using Npgsql;

namespace Hoop.Identity.Tokens;

internal sealed record NewToken(
    TokenRequest Request,
    TokenRole? Role,
    TokenParent Parent,
    string[] Policies,
    TokenLife Life,
    TokenEntity Entity,
    bool IsOrphan,
    string Path)
{
    /// <summary>Of a token that a sign-in makes; null for one that another credential asks for.</summary>
    public TokenLogin? Login { get; init; }
}

/// <param name="Accessor">Of the mount: with it the token ends.</param>
/// <param name="Role">Of the mount: without it the token is not renewed.</param>
/// <param name="AliasId">With its end the token ends.</param>
/// <param name="MaxTtl">Seconds from the making; zero for the gateway's own limit.</param>
internal sealed record TokenLogin(string Accessor, string Role, Guid AliasId, int MaxTtl);

/// <summary>A token that was made, and what its maker should know.</summary>
/// <param name="ParentId">The token that made it, when one did.</param>
internal sealed record MadeToken(Guid Id, VaultAuth Auth, TokenLife Life, Guid? ParentId, IReadOnlyList<string> Warnings);

/// <summary>Writes the row of a new token.</summary>
internal sealed class TokenMaker(Db db, ICaller caller, QuotaCheck quota)
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private const string CreateSql = """
        INSERT INTO identity.tokens (
          id, org_id, token_hash, accessor, parent_id, api_token_hash, generation, path, display_name, meta, policies, entity_id, role,
          renewable, num_uses, uses_left, period, explicit_max_ttl, creation_ttl, expires_at, maker_mount, maker_name, person_id,
          login_accessor, login_role, alias_id, max_ttl)
        SELECT @Id, @OrgId, @Hash, @Accessor, @ParentId,
               CASE WHEN @IsOrphan THEN NULL ELSE coalesce(
                 (SELECT parent.api_token_hash FROM identity.tokens AS parent WHERE parent.id = @ParentId),
                 (SELECT held.token_hash FROM identity.api_tokens AS held WHERE held.id = @ApiTokenId)) END,
               @Generation, @Path, @DisplayName, @Meta::jsonb, @Policies, @EntityId, @Role,
               @Renewable, @NumUses, nullif(@NumUses, 0), @Period, @ExplicitMaxTtl, @Ttl,
               CASE WHEN @Ttl > 0 THEN now() + make_interval(secs => @Ttl) END,
               CASE WHEN NOT @IsOrphan THEN @MakerMount::text END, CASE WHEN NOT @IsOrphan THEN @MakerName::text END, @PersonId::uuid,
               @LoginAccessor, @LoginRole, @AliasId::uuid, @MaxTtl
        RETURNING now() + make_interval(secs => @Ttl)
        """;

    private const string MissingPoliciesSql = """
        SELECT wanted.name
        FROM unnest(@Names) AS wanted (name)
        WHERE NOT EXISTS (SELECT FROM identity.acl_policies AS policy WHERE policy.org_id = @OrgId AND policy.name = wanted.name)
        ORDER BY wanted.name
        """;

    public async Task<Result<MadeToken>> Make(NewToken token, CancellationToken cancellationToken)
    {
        var generation = token.IsOrphan ? 0 : token.Parent.Generation;
        if (generation > VaultToken.MaxGeneration)
        {
            return Error.Invalid($"at most {VaultToken.MaxGeneration} generations of tokens", "too_many_generations");
        }

        if (await quota.Refuses(caller.OrgId, VaultToken.Quota, cancellationToken) is { } full)
        {
            return full;
        }

        var (request, id, secret) = (token.Request, RowId.Next(), SecretHash.Generate(VaultToken.Prefix).Reveal());
        var accessor = RandomNumberGenerator.GetString(Alphabet, 24);
        var numUses = Uses(request.NumUses, token.Role?.TokenNumUses ?? 0);
        var renewable = token.Life.Ttl > 0 && request.Renewable && token.Role is not { Renewable: false };
        DateTime end;
        try
        {
            end = await db.Of(caller.OrgId).Find<DateTime>(
                CreateSql,
                new
                {
                    Id = id,
                    Hash = SecretHash.Of(secret),
                    Accessor = accessor,
                    ParentId = token.IsOrphan ? null : token.Parent.Id,
                    token.IsOrphan,
                    token.Parent.ApiTokenId,
                    Generation = generation,
                    token.Path,
                    DisplayName = token.Login is null ? request.ShownName : request.DisplayName,
                    Meta = request.Meta is null ? null : JsonSerializer.Serialize(request.Meta),
                    token.Policies,
                    EntityId = token.Entity.Id,
                    Role = token.Role?.Name,
                    Renewable = renewable,
                    NumUses = numUses,
                    token.Life.Period,
                    token.Life.ExplicitMaxTtl,
                    token.Life.Ttl,
                    MakerMount = token.Parent.Maker?.Mount,
                    MakerName = token.Parent.Maker?.Name,
                    caller.Current!.PersonId,
                    LoginAccessor = token.Login?.Accessor,
                    LoginRole = token.Login?.Role,
                    token.Login?.AliasId,
                    MaxTtl = token.Login?.MaxTtl ?? 0,
                },
                cancellationToken);
        }
        catch (PostgresException exception) when (DatabaseErrors.BrokenConstraint(exception) == "tokens_parent_id_fkey")
        {
            // Revoked since this request was let in.
            return VaultToken.ParentRevoked;
        }

        var warnings = token.Life.Warnings.Concat(token.Entity.Warnings).ToList();
        if (!token.IsOrphan && token.Life.Ttl > 0 && token.Parent.EndsAt is { } parentEnd && parentEnd < end)
        {
            warnings.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"the token ends with its parent at {parentEnd:yyyy-MM-ddTHH:mm:ssZ}, before its own end at {end:yyyy-MM-ddTHH:mm:ssZ}"));
        }

        string[] named = [.. token.Policies.Where(policy => policy is not (Acl.Root or DefaultPolicy.Name))];
        var missing = await db.Of(caller.OrgId).List<string>(MissingPoliciesSql, new { Names = named }, cancellationToken);
        warnings.AddRange(missing.Select(policy => $"Policy \"{policy}\" does not exist"));
        return new MadeToken(
            id,
            new VaultAuth(
                secret,
                accessor,
                [.. token.Policies.Union(token.Entity.Policies, StringComparer.Ordinal).Order(StringComparer.Ordinal)],
                token.Policies,
                token.Entity.Policies is { Count: > 0 } ofEntity ? ofEntity : null,
                request.Meta,
                token.Life.Ttl,
                renewable,
                token.Entity.Id?.ToString() ?? "",
                "service",
                token.IsOrphan,
                MfaRequirement: null,
                numUses),
            token.Life,
            token.IsOrphan ? null : token.Parent.Id,
            warnings);
    }

    private static int Uses(int asked, int ofRole) => asked == 0 || ofRole == 0 ? Math.Max(asked, ofRole) : Math.Min(asked, ofRole);
}
