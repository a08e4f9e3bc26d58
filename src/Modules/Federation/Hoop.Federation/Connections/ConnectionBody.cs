using Hoop.Shared;
using Hoop.Shared.Secrets;

namespace Hoop.Federation.Connections;

/// <summary>What a client may say about a connection. Members that it may not set (id, status, times) are ignored.</summary>
/// <param name="Secret">On an update: absent keeps what is stored, <c>{}</c> removes it.</param>
internal sealed record ConnectionBody(
    string? Name,
    string? Type,
    string? Subtype,
    IReadOnlyList<string>? Command,
    IReadOnlyDictionary<string, SecretText>? Secret,
    Guid? AgentId)
{
    /// <summary>Secrets are not printed.</summary>
    public override string ToString() => $"{nameof(ConnectionBody)} {{ Name = {Name} }}";

    internal sealed class Rules : AbstractValidator<ConnectionBody>
    {
        private const string CommandLine = "custom";

        private static readonly string[] Types = ["database", "application", CommandLine];

        public Rules()
        {
            RuleFor(body => body.Type)
                .NotEmpty().WithMessage("type is required").Malformed()
                .Must(type => Types.Contains(type)).WithMessage(
                    body => $"type: must be one of: database, application, custom{Hint(body.Type ?? "")}");
            RuleFor(body => body.Subtype)
                .Matches(@"^[a-zA-Z0-9_.-]{0,64}\z").WithMessage("subtype: use at most 64 letters, digits, dots, dashes and underscores");
            RuleFor(body => body.Command)
                .Must(command => command is null || (command.Count <= 256 && command.All(item => item is not null && !item.Contains('\0'))))
                .WithMessage("command: must be a list of at most 256 texts without NUL");
            RuleFor(body => body.Command)
                .Must(command => command is { Count: > 0 } && !string.IsNullOrWhiteSpace(command[0]))
                .When(body => body.Type == CommandLine)
                .WithMessage(
                    "command: a connection of type custom needs the program that it runs and its arguments, such as [\"bq\", \"query\"]");
            RuleFor(body => body.AgentId)
                .NotNull().WithMessage("agent_id is required").Malformed();
            RuleFor(body => body.Secret).Custom((secret, context) =>
            {
                if (ConnectionSecrets.Problem(secret) is { } problem)
                {
                    context.AddFailure(problem);
                }
            });
        }

        /// <summary>What people write as the type is often the subtype.</summary>
        private static string Hint(string type) => type.ToLowerInvariant() switch
        {
            "postgres" or "mysql" or "mssql" or "mongodb" or "oracledb" => With(Types[0], type),
            "postgresql" or "pg" => With(Types[0], "postgres"),
            "ssh" or "tcp" or "httpproxy" => With(Types[1], type),
            "bigquery" or "bq" => With(CommandLine, "bigquery"),
            var text => NearestName.Hint(text, Types),
        };

        private static string With(string type, string subtype) =>
            $"; did you mean type {type} with subtype {subtype.ToLowerInvariant()} (on the command line {type}/{subtype.ToLowerInvariant()})?";
    }
}
