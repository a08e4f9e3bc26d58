using FluentValidation.Results;
using Hoop.Shared.Quotas;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Npgsql;

namespace Hoop.Spiffe.Mappings;

/// <summary>
/// POST /api/spiffe-mappings/import. Creates a mapping of each line of an application/x-ndjson body. A thousand lines are one
/// transaction; what is there already counts as unchanged, so an import that ended early can simply be repeated.
/// </summary>
internal static class ImportMappings
{
    /// <summary>Of one call, in bytes. It is never held.</summary>
    private const long LargestBody = 1024L * 1024 * 1024;

    public static void Map(RouteGroupBuilder mappings) => mappings
        .MapPost("/import", async (
                [FromQuery(Name = "first_line")] long? firstLine,
                HttpContext context,
                MappingImport import,
                CancellationToken cancellationToken) =>
            (await import.Run(context, firstLine ?? 1, cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Admin)
        .WithMetadata(new RequestSizeLimitAttribute(LargestBody), new JudgesWhileReading());

    /// <summary>One line of the body.</summary>
    internal sealed record Line : MappingInput;

    /// <summary>A chunk of lines.</summary>
    /// <param name="MayExist">Passes over what is there already, which costs the database more.</param>
    internal sealed record Request(MappingChunk Chunk, bool MayExist) : IBulkCommand<IReadOnlyList<Mapping>>
    {
        public IReadOnlyList<AuditEntry> Audit(IReadOnlyList<Mapping> value) =>
            [.. value.Select(made => new AuditEntry("spiffe_mapping", AuditAction.Create, made.Id) { Fields = made.AuditFields })];
    }

    /// <param name="Lines">How many mappings the body held.</param>
    /// <param name="Created">Those that are new.</param>
    /// <param name="Unchanged">Those that were there already, just so.</param>
    internal sealed record Response(long Lines, long Created, long Unchanged);

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator() => RuleFor(request => request.Chunk).Custom((chunk, context) =>
        {
            if (chunk.Bad is { Problem: { } problem } bad)
            {
                var message = MappingImport.At(bad.Number, problem.ErrorMessage);
                context.AddFailure(new ValidationFailure(problem.PropertyName, message) { CustomState = problem.CustomState });
            }
        });
    }

    internal sealed class Handler(Db db, ICaller caller, QuotaCheck quota) : IRequestHandler<Request, Result<IReadOnlyList<Mapping>>>
    {
        private const string MissingAgentSql = """
            SELECT named.id
            FROM unnest(@AgentIds) AS named (id)
            WHERE NOT EXISTS (SELECT FROM spiffe.agents AS a WHERE a.org_id = @OrgId AND a.id = named.id)
            LIMIT 1
            """;

        private const string Lines = """
            unnest(@Ids, @TrustDomains, @SpiffeIds, @SpiffePrefixes, @AgentTexts, @AgentTemplates, @GroupTexts)
              AS line (id, trust_domain, spiffe_id, spiffe_prefix, agent_id, agent_template, groups)
            """;

        private const string CreateSql = $"""
            INSERT INTO spiffe.mappings (id, org_id, trust_domain, spiffe_id, spiffe_prefix, agent_id, agent_template, groups)
            SELECT line.id, @OrgId, line.trust_domain, line.spiffe_id, line.spiffe_prefix, line.agent_id::uuid, line.agent_template,
              string_to_array(line.groups, chr(31))
            FROM {Lines}
            """;

        private const string CreateMissingSql = $"""
            {CreateSql}
            ON CONFLICT DO NOTHING
            RETURNING id
            """;

        private const string DifferentSql = $"""
            SELECT line.id
            FROM {Lines}
            LEFT JOIN spiffe.mappings AS e ON e.org_id = @OrgId AND e.spiffe_id = line.spiffe_id
            LEFT JOIN spiffe.mappings AS p ON p.org_id = @OrgId AND p.trust_domain = line.trust_domain
              AND p.prefix_length = length(line.spiffe_prefix) AND p.spiffe_prefix = line.spiffe_prefix
            WHERE (coalesce(e.trust_domain, p.trust_domain), coalesce(e.agent_id, p.agent_id)::text,
                coalesce(e.agent_template, p.agent_template), coalesce(e.groups, p.groups))
              IS DISTINCT FROM (line.trust_domain, line.agent_id, line.agent_template, string_to_array(line.groups, chr(31)))
            """;

        public async Task<Result<IReadOnlyList<Mapping>>> Handle(Request request, CancellationToken cancellationToken)
        {
            var rows = db.Of(caller.OrgId);
            foreach (var key in request.Chunk.Keys)
            {
                db.Announce(Mapping.Topic, key);
            }

            if (await rows.Find<Guid?>(MissingAgentSql, new { request.Chunk.AgentIds }, cancellationToken) is { } missing)
            {
                var line = request.Chunk.Lines.First(line => line.Mapping!.AgentId == missing);
                return MappingErrors.NoSuchAgent with { Message = MappingImport.At(line.Number, MappingErrors.NoSuchAgent.Message) };
            }

            try
            {
                if (!request.MayExist)
                {
                    var all = await rows.Execute(CreateSql, request.Chunk.Rows, cancellationToken);
                    return await Full(request, all, cancellationToken) ?? Result.Of<IReadOnlyList<Mapping>>(request.Chunk.Mappings);
                }

                var ids = (await rows.List<Guid>(CreateMissingSql, request.Chunk.Rows, cancellationToken)).ToHashSet();
                var others = request.Chunk.InOrder.Where(line => !ids.Contains(line.Mapping!.Id)).ToList();
                if (others.Count > 0
                    && await rows.List<Guid>(DifferentSql, new MappingRows(others), cancellationToken) is { Count: > 0 } different)
                {
                    var line = others.Where(other => different.Contains(other.Mapping!.Id)).MinBy(other => other.Number)!;
                    return MappingErrors.AlreadyExists with
                    {
                        Message = MappingImport.At(line.Number, $"{line.Match} is mapped already, and otherwise: change or delete that mapping"),
                    };
                }

                return await Full(request, ids.Count, cancellationToken)
                    ?? Result.Of<IReadOnlyList<Mapping>>([.. request.Chunk.Mappings.Where(made => ids.Contains(made.Id))]);
            }
            catch (PostgresException exception)
                when (DatabaseErrors.BrokenConstraint(exception) is { } broken && MappingErrors.Of(broken) is { } error)
            {
                // An agent that was deleted since it was looked for, or a mapping that is there.
                return error;
            }
        }

        private async Task<Error?> Full(Request request, int made, CancellationToken cancellationToken) =>
            made > 0 && await quota.Refuses(caller.OrgId, SpiffeQuotas.Mappings, cancellationToken, made) is { } full
                ? full with { Message = MappingImport.At(request.Chunk.Lines[0].Number, full.Message) }
                : null;
    }
}
