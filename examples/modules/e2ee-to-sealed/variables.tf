variable "from" {
  description = "Where the secrets are in the end-to-end encrypted project."
  type = object({
    env_slug    = string
    folder_path = optional(string, "/")
  })
}

variable "to" {
  description = "Where they are to be in the project of version 3. The folder must be there."
  type = object({
    env_slug    = string
    folder_path = optional(string, "/")
  })
}

variable "except" {
  description = "Names that are not to be moved."
  type        = set(string)
  default     = []
}

variable "revision" {
  description = "A higher number takes the values over once more. Without that, what changes in the old project afterwards does not reach the new one, whose owners may have rotated."
  type        = number
  default     = 1
}
