using System.Security.Cryptography;
using Dapper;
using Hoop.Identity.Callers;
using Hoop.Identity.Tokens;
using Hoop.Testing;
using Npgsql;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Store;

/// <summary>
/// What each use of a token asks, while an organization has a thousand entities: so few that a walk over all of them looks cheap to the
/// planner, whose choice is then kept while the table grows.
/// </summary>
public sealed class SmallStorePlanTests
{
    private const int Rows = 1_000;
    private const double Few = 60;

    private static readonly Guid OrgId = new("00000000-0000-4000-8000-000000000001");
    private static readonly Guid EntityId = new("00000000-0000-7000-8000-000000000001");
    private static readonly Guid TokenId = new("00000000-0000-7000-8000-00000000000a");
    private static readonly byte[] Hash = SHA256.HashData("token"u8);

    private TestDatabase _database = null!;
    private NpgsqlDataSource _source = null!;

    [OneTimeSetUp]
    public async Task Fill()
    {
        _database = await TestPostgres.CreateDatabase();

        // As the gateway's sessions are.
        var connection = _database.Connection;
        connection.Options = "-c enable_seqscan=off -c jit=off";
        _source = NpgsqlDataSource.Create(connection);
        await using var open = await _source.OpenConnectionAsync();
        await open.ExecuteAsync(FillSql, new { OrgId, EntityId, TokenId, Hash, Rows });
        await open.ExecuteAsync("VACUUM ANALYZE");
    }

    [OneTimeTearDown]
    public async Task Remove()
    {
        await _source.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Test]
    public async Task A_token_is_used_without_a_walk_over_all_aliases()
    {
        await AssertReadsFew(AuthenticateVaultTokenHandler.UseSql, new { Hash });
        await AssertReadsFew(AuthenticateVaultTokenHandler.HoldsSql, new { Hash });
    }

    [Test]
    public async Task Its_entity_is_admitted_by_indexes()
    {
        var who = new { OrgId, EntityId, Id = EntityId, Groups = Array.Empty<string>(), Mount = "auth/token/", Name = "Alias-1" };
        await AssertReadsFew(AdmitHandler.FindEntitySql, who);
        await AssertReadsFew(AdmitHandler.FindTokenEntitySql, who);
        await AssertReadsFew(TokenEntities.PoliciesSql, who);
    }

    [Test]
    public async Task A_token_looks_itself_up_by_its_key() => await AssertReadsFew(
        LookupToken.Handler.FindSql, new { OrgId, Self = (Guid?)TokenId, Hash = (byte[]?)null, Accessor = (string?)null });

    private async Task AssertReadsFew(string sql, object args)
    {
        foreach (var generic in new[] { true, false })
        {
            var plan = await Explained.Run(_source, sql, args, generic);
            Assert.That(plan.Scans, Is.Not.Empty, plan.Text);
            Assert.That(plan.Rows, Is.LessThanOrEqualTo(Few), $"generic: {generic}\n{plan.Text}");
        }
    }

    private const string FillSql = """
        INSERT INTO identity.organizations (id, name) VALUES (@OrgId, 'small');
        INSERT INTO identity.entities (id, org_id, name, name_key)
        SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, @OrgId, 'Name-' || i, 'name-' || i
        FROM generate_series(1, @Rows) AS i;
        INSERT INTO identity.entity_aliases (id, org_id, entity_id, mount, name, accessor, name_key)
        SELECT entity.id, @OrgId, entity.id, 'auth/token/', 'Alias-' || substr(entity.name, 6), mount.accessor,
               'alias-' || substr(entity.name, 6)
        FROM identity.entities AS entity
        JOIN identity.mounts AS mount ON mount.path = 'token/'
        WHERE entity.org_id = @OrgId;
        INSERT INTO identity.groups (id, org_id, name, name_key, type, policies)
        SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, @OrgId, 'g' || i, 'g' || i, 'internal', '{p}'
        FROM generate_series(1, 3) AS i;
        INSERT INTO identity.group_entities (org_id, group_id, entity_id) VALUES (@OrgId, @EntityId, @EntityId);
        INSERT INTO identity.tokens (
          id, org_id, token_hash, accessor, generation, path, display_name, policies, entity_id, renewable, num_uses, period,
          explicit_max_ttl, creation_ttl, alias_id, last_used_at)
        VALUES (
          @TokenId, @OrgId, @Hash, 'accessor', 0, 'auth/token/create', 'token', '{default}', @EntityId, true, 0, 0, 0, 0, @EntityId, now());
        """;
}
