using FluentValidation;
using FluentValidation.Results;
using Hoop.Shared.Results;

namespace Hoop.Shared.Pipeline;

/// <summary>From FluentValidation's failures to one <see cref="Error"/>.</summary>
public static class ValidationErrors
{
    /// <summary>Marks a rule as being about the readability of the request (400), not about a rule of the domain (422).</summary>
    public static IRuleBuilderOptions<T, TProperty> Malformed<T, TProperty>(this IRuleBuilderOptions<T, TProperty> rule) =>
        rule.WithState(_ => ErrorKind.Malformed);

    internal static Error From(IReadOnlyList<ValidationFailure> failures)
    {
        var first = failures[0];
        var kind = first.CustomState is ErrorKind stated ? stated : ErrorKind.Invalid;
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var failure in failures)
        {
            fields.TryAdd(failure.PropertyName, failure.ErrorMessage);
        }

        return new Error(kind, kind == ErrorKind.Malformed ? "malformed" : "invalid", first.ErrorMessage) { Fields = fields };
    }
}
