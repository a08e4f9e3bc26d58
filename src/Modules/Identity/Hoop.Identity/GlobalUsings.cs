// What nearly every slice names.
global using FluentValidation;
global using Hoop.Shared.Audit;
global using Hoop.Shared.Callers;
global using Hoop.Shared.Data;
global using Hoop.Shared.Http;
global using Hoop.Shared.Memory;
global using Hoop.Shared.Pipeline;
global using Hoop.Shared.Results;
global using MediatR;
global using Microsoft.AspNetCore.Builder;
global using Microsoft.AspNetCore.Routing;
