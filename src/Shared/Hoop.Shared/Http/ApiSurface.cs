using Hoop.Shared.Results;
using Microsoft.AspNetCore.Http;

namespace Hoop.Shared.Http;

internal sealed class ApiSurface : Surface
{
    public override string? Challenge => "Bearer";

    public override Error Forbidden(string? needed) => Error.Denied(needed is null ? "access denied" : $"access denied: {needed}");

    public override int StatusOf(ErrorKind kind) => kind switch
    {
        ErrorKind.Malformed => StatusCodes.Status400BadRequest,
        ErrorKind.Invalid => StatusCodes.Status422UnprocessableEntity,
        ErrorKind.Unauthenticated => StatusCodes.Status401Unauthorized,
        ErrorKind.Denied => StatusCodes.Status403Forbidden,
        ErrorKind.NotFound => StatusCodes.Status404NotFound,
        ErrorKind.Conflict => StatusCodes.Status409Conflict,
        ErrorKind.Stale => StatusCodes.Status412PreconditionFailed,
        ErrorKind.TooLarge => StatusCodes.Status413PayloadTooLarge,
        ErrorKind.TooMany => StatusCodes.Status429TooManyRequests,
        ErrorKind.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, message: null),
    };

    private protected override Task WriteBody(HttpContext context, Error error) =>
        JsonAnswer.Write(context, new ErrorBody(error.Message, error.Code, error.Fields, error.UsedBy, error.Holds));
}
