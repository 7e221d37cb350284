output "names" {
  description = "Names of the secrets, for for_each."
  value       = local.names

  precondition {
    condition     = length(local.names) == length(local.wanted)
    error_message = "The folder lacks: ${join(", ", setsubtract(local.wanted, local.names))}."
  }
}

output "revision" {
  description = "Changes when one of the stored values does: for the version of another provider's write-only argument, or an annotation."
  value       = substr(sha256(jsonencode({ for name in local.names : name => data.infisical_secrets.this.secrets[name].value_fingerprint })), 0, 12)
}

output "values" {
  description = "The values by name, for the write-only arguments of other providers, such as data_wo of kubernetes_secret_v1."
  value       = ephemeral.infisical_secrets.this.values
  ephemeral   = true
}
