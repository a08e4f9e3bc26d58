using Hoop.Identity.AclPolicies;
using Hoop.Identity.Entities;
using Hoop.Identity.Mounts;
using Hoop.Identity.Tokens;

namespace Hoop.Identity.Logins;

/// <summary>Makes the token of a sign-in, by the role and by what the mount is tuned to.</summary>
internal sealed class LoginTokens(TokenMaker maker, TokenEntities entities, TokenOptions options)
{
    public async Task<Result<MadeToken>> Make(
        LoginMount mount, LoginRole role, LoginClaims who, LoginAlias alias, CancellationToken cancellationToken)
    {
        var meta = new Dictionary<string, string>(who.Metadata, StringComparer.Ordinal) { ["role"] = role.Name };
        var policies = role.TokenNoDefaultPolicy
            ? role.TokenPolicies
            : PolicyNames.Canonical(role.TokenPolicies.Append(DefaultPolicy.Name));
        var request = new TokenRequest(
            policies, meta, $"{mount.Name}-{who.Name}", role.TokenTtl, role.TokenExplicitMaxTtl, role.TokenPeriod, role.TokenNumUses,
            NoParent: true, role.TokenNoDefaultPolicy, Renewable: true, EntityAlias: "", Type: "", HasId: false);
        var life = TokenLife.Of(request, role: null, isRoot: false, Limits(mount, role));
        var entity = await entities.With(alias.EntityId, [], cancellationToken);
        var parent = new TokenParent(
            Id: null, ApiTokenId: null, Generation: 0, [], EntityId: null, NumUses: 0, EndsAt: null, Maker: null);
        return await maker.Make(
            new NewToken(request, Role: null, parent, policies, life, entity, IsOrphan: true, $"auth/{mount.Path}login")
            {
                Login = new TokenLogin(mount.Accessor, role.Name, alias.Id, role.TokenMaxTtl),
            },
            cancellationToken);
    }

    // A period is bounded by the mount, everything else by the role, too.
    private TokenOptions Limits(LoginMount mount, LoginRole role)
    {
        var tuned = MountConfig.Of(mount.Tuning);
        var most = MountConfig.MostOf(mount.Tuning, options.MaxTtl);
        var max = role is { TokenPeriod: 0, TokenMaxTtl: > 0 } ? Math.Min(role.TokenMaxTtl, most) : most;
        var usual = tuned.DefaultLeaseTtl > 0 ? (int)Math.Min(tuned.DefaultLeaseTtl, int.MaxValue) : options.DefaultTtl;
        return new TokenOptions(Math.Min(usual, max), max);
    }
}
