package catalogue

import (
	"time"

	"github.com/penstock-dev/penstock/internal/definition"
)

// Keys that several sources share.
var (
	polling      = definition.Key{Name: "PollForSourceChanges", Kind: definition.Boolean, Description: "whether the service polls for changes; default true"}
	outputFormat = definition.Key{
		Name: "OutputArtifactFormat", Values: []string{"CODE_ZIP", "CODEBUILD_CLONE_REF"},
		Description: "a ZIP of the files, or a reference that CodeBuild alone can clone; default CODE_ZIP",
	}
)

// sources are the types of spec D1.
var sources = []Type{
	{
		ID: aws("Source", "S3"), About: "Fetches an object of a versioned bucket.", Timeout: fixed(time.Hour),
		TypeInfo: definition.TypeInfo{
			Inputs: exactly(0), Outputs: exactly(1),
			Keys: []definition.Key{
				{Name: "S3Bucket", Required: true, Description: "bucket, with versioning on"},
				{Name: "S3ObjectKey", Required: true, Description: "key of the object, normally a ZIP"},
				{Name: "AllowOverrideForS3ObjectKey", Kind: definition.Boolean, Description: "whether a start may name another key; default false"},
				polling,
			},
			Variables: []string{"BucketName", "ETag", "ObjectKey", "VersionId"},
		},
	},
	{
		ID: aws("Source", "CodeCommit"), About: "Fetches the head of a CodeCommit branch.", Timeout: fixed(time.Hour),
		TypeInfo: definition.TypeInfo{
			Inputs: exactly(0), Outputs: exactly(1),
			Keys: []definition.Key{
				{Name: "RepositoryName", Required: true, Description: "repository"},
				{Name: "BranchName", Required: true, Description: "branch"},
				polling,
				outputFormat,
			},
			Variables: []string{"CommitId", "CommitMessage", "RepositoryName", "BranchName", "AuthorDate", "CommitterDate"},
		},
	},
	{
		ID: aws("Source", "CodeStarSourceConnection"), Timeout: fixed(time.Hour),
		About: "Fetches a branch from GitHub, GitLab or Bitbucket through a connection.",
		TypeInfo: definition.TypeInfo{
			Inputs: exactly(0), Outputs: exactly(1),
			Keys: []definition.Key{
				{Name: "ConnectionArn", Required: true, Description: "ARN of the connection"},
				{Name: "FullRepositoryId", Required: true, Description: "owner/repository, in its exact case"},
				{Name: "BranchName", Required: true, Description: "branch"},
				outputFormat,
				{Name: "DetectChanges", Kind: definition.Boolean, Description: "whether a push starts the pipeline; default true"},
			},
			Variables: []string{"AuthorDate", "BranchName", "CommitId", "CommitMessage", "ConnectionArn", "FullRepositoryName"},
		},
	},
	{
		ID: thirdParty("Source", "GitHub"), About: "Fetches a branch from GitHub with an OAuth token (version 1).", Timeout: fixed(time.Hour),
		TypeInfo: definition.TypeInfo{
			Inputs: exactly(0), Outputs: exactly(1),
			Keys: []definition.Key{
				{Name: "Owner", Required: true, Description: "user or organisation"},
				{Name: "Repo", Required: true, Description: "repository"},
				{Name: "Branch", Required: true, Description: "branch"},
				{Name: "OAuthToken", Required: true, Secret: true, Description: "token"},
				polling,
			},
			Variables: []string{"CommitId", "CommitMessage", "CommitUrl", "RepositoryName", "BranchName", "AuthorDate", "CommitterDate"},
		},
	},
	{
		ID: aws("Source", "ECR"), About: "Notes an image of an ECR repository; its artifact is imageDetail.json.", Timeout: fixed(time.Hour),
		TypeInfo: definition.TypeInfo{
			Inputs: exactly(0), Outputs: exactly(1),
			Keys: []definition.Key{
				{Name: "RepositoryName", Required: true, Description: "repository"},
				{Name: "ImageTag", Description: "tag; default latest"},
			},
			Variables: []string{"RegistryId", "RepositoryName", "ImageTag", "ImageDigest", "ImageURI"},
		},
	},
}
